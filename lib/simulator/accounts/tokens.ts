/**
 * Access and id tokens as text: unsigned JWTs with the claims that the client
 * reads (docs/client.md, "Tokens").
 *
 * Makes text only; `issued_tokens.ts` knows which tokens are good.
 */

import { SIGNATURE } from "./canary.ts";

/** The official client's id, the only one that the token endpoint accepts. */
export const CLIENT_ID = "app_EMoamEEZ73f0CkXaXp7hrann";

/** The account that a token stands for. */
export interface Identity {
  readonly accountId: string;
  readonly userId: string;
  readonly email: string;
  readonly plan: string;
  readonly fedramp: boolean;
}

/** Times in ms since the epoch; `serial` makes each token unique. */
export interface TokenTimes {
  readonly issuedAt: number;
  readonly expiresAt: number;
  readonly serial: number;
}

/** Serves as access token and as id token: both carry every claim. */
export function unsignedToken(identity: Identity, times: TokenTimes): string {
  const header = { alg: "none", typ: "JWT" };
  const payload = {
    email: identity.email,
    email_verified: true,
    iss: "https://auth.openai.com",
    aud: [CLIENT_ID],
    iat: Math.floor(times.issuedAt / 1000),
    exp: Math.floor(times.expiresAt / 1000),
    sub: `auth0|${identity.userId}`,
    jti: String(times.serial),
    "https://api.openai.com/auth": {
      chatgpt_account_id: identity.accountId,
      chatgpt_plan_type: identity.plan,
      chatgpt_user_id: identity.userId,
      chatgpt_account_is_fedramp: identity.fedramp,
    },
  };
  return `${encodePart(header)}.${encodePart(payload)}.${SIGNATURE}`;
}

function encodePart(value: unknown): string {
  const bytes = new TextEncoder().encode(JSON.stringify(value));
  return bytes.toBase64({ alphabet: "base64url", omitPadding: true });
}
