/**
 * Reads the claims of the tokens that `auth.openai.com` issues (RFC 7519).
 *
 * Checks no signature, like the official client (docs/client.md, "Tokens"): the
 * claims only fill headers and time refreshes; upstream verifies the token.
 */

import {
  type JsonObject,
  numberField,
  objectField,
  parseObject,
  stringField,
} from "./json.ts";
import { isHeaderText } from "./headers.ts";
import { tokenProblem } from "./token.ts";

export interface TokenClaims {
  /** `exp`, in milliseconds since the epoch. */
  readonly expiresAt: number | undefined;
  /** `iat`, in milliseconds since the epoch. */
  readonly issuedAt: number | undefined;
  readonly email: string | undefined;
  /** The workspace id; always valid as a header's value. */
  readonly accountId: string | undefined;
  readonly userId: string | undefined;
  readonly planType: string | undefined;
  /** Whether requests need `x-openai-fedramp: true`. */
  readonly fedramp: boolean;
}

/** The claim that holds ChatGPT's own fields. */
const AUTH = "https://api.openai.com/auth";
/** The claim that holds the `email` of an access token. */
const PROFILE = "https://api.openai.com/profile";

/** The claims of an access or id token; `undefined` if it is not a JWT. */
export function readClaims(token: string): TokenClaims | undefined {
  if (tokenProblem(token) !== undefined) return undefined;
  const [header, payload, signature, more] = token.split(".", 4);
  if (!header || !payload || !signature) return undefined;
  const claims = more === undefined ? readPart(payload) : undefined;
  if (claims === undefined) return undefined;

  const auth = objectField(claims, AUTH) ?? {};
  const profile = objectField(claims, PROFILE) ?? {};
  return {
    expiresAt: millis(numberField(claims, "exp")),
    issuedAt: millis(numberField(claims, "iat")),
    email: stringField(claims, "email") ?? stringField(profile, "email"),
    accountId: workspaceId(stringField(auth, "chatgpt_account_id")),
    // Older tokens use the shorter name.
    userId: stringField(auth, "chatgpt_user_id") ??
      stringField(auth, "user_id"),
    planType: stringField(auth, "chatgpt_plan_type"),
    fedramp: auth["chatgpt_account_is_fedramp"] === true,
  };
}

/** Undefined if no header can hold it; the official client drops it, too. */
export function workspaceId(text: string | undefined): string | undefined {
  return text !== undefined && isHeaderText(text) ? text : undefined;
}

/** The range of a `Date`, on both sides of 1970. */
const MAX_DATE_MS = 8.64e15;

/**
 * NumericDate (RFC 7519, section 2) is in seconds. Undefined for a time outside
 * the range of a `Date`, because printing it would throw.
 */
function millis(seconds: number | undefined): number | undefined {
  const ms = (seconds ?? NaN) * 1000;
  return Math.abs(ms) <= MAX_DATE_MS ? ms : undefined;
}

/** One part: a JSON object in base64url (RFC 7515, section 2). */
function readPart(part: string): JsonObject | undefined {
  try {
    const bytes = Uint8Array.fromBase64(part, { alphabet: "base64url" });
    return parseObject(new TextDecoder().decode(bytes));
  } catch {
    return undefined;
  }
}
