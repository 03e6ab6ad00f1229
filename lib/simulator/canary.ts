/**
 * The secrets that the simulator gives out, and the pattern that finds each
 * of them in a log, an answer or a file.
 *
 * Makes text only; which secret is good for what is known by its giver.
 */

/** Prefixes as in the captures, and a mark that no real secret has. */
const PREFIX = {
  refresh_token: "rt_sim_",
  authorization_code: "ac_sim_",
  code_verifier: "cv_sim_",
  device_auth_id: "devauth_sim_",
  api_key: "sk-sim-",
} as const;

/** Stands for the signature of every token; part of the canary. */
export const SIGNATURE = "simulated";

/** The header of every token: `{"alg":"none","typ":"JWT"}`. */
const JWT_HEADER = "eyJhbGciOiJub25lIiwidHlwIjoiSldUIn0";

/**
 * Matches every secret of a simulator, also one that was cut short: opaque
 * ones from eight characters behind their mark, and access and id tokens, by
 * their header with the begin of a payload, or by a payload with its
 * signature. The header or the payload alone does not match.
 *
 * Not global, so that `test` has no memory.
 */
export const CANARY = new RegExp(
  `(?:${Object.values(PREFIX).join("|")})[0-9a-f]{8}` +
    `|${JWT_HEADER}\\.[\\w-]{16}` +
    `|[\\w-]{16}\\.${SIGNATURE}`,
);

/** A new one of that kind; none is ever made twice. */
export function newSecret(kind: keyof typeof PREFIX): string {
  const bytes = crypto.getRandomValues(new Uint8Array(24));
  return `${PREFIX[kind]}${bytes.toHex()}`;
}
