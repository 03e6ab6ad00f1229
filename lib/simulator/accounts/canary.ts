/**
 * The secrets that the simulator issues, and the pattern that finds each of
 * them in a log, an answer or a file.
 *
 * Makes text only; whether a secret is good is up to the part that issued it.
 */

/** The prefixes of real secrets, each with a mark that no real secret has. */
const PREFIX = {
  refresh_token: "rt_sim_",
  authorization_code: "ac_sim_",
  code_verifier: "cv_sim_",
  device_auth_id: "devauth_sim_",
  api_key: "sk-sim-",
} as const;

/** In place of every token's signature; part of the canary. */
export const SIGNATURE = "simulated";

/** The header of every token: `{"alg":"none","typ":"JWT"}`. */
const JWT_HEADER = "eyJhbGciOiJub25lIiwidHlwIjoiSldUIn0";

/**
 * Matches every secret of a simulator, even one that was cut short: an opaque
 * secret by its mark and eight characters more, an access or id token by its
 * header with the start of the payload, or by the end of the payload with the
 * signature. The header or the payload alone does not match.
 *
 * Without the flag `g`, so that `test` keeps no state.
 */
export const CANARY = new RegExp(
  `(?:${Object.values(PREFIX).join("|")})[0-9a-f]{8}` +
    `|${JWT_HEADER}\\.[\\w-]{16}` +
    `|[\\w-]{16}\\.${SIGNATURE}`,
);

/** A new random secret of this kind. */
export function newSecret(kind: keyof typeof PREFIX): string {
  const bytes = crypto.getRandomValues(new Uint8Array(24));
  return `${PREFIX[kind]}${bytes.toHex()}`;
}
