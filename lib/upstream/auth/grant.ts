/**
 * The refresh-token grant (RFC 6749, section 6) as the official client makes it
 * (docs/client.md, "Refreshing"): building the request and reading its answer.
 *
 * Sends nothing (`ask.ts`) and saves nothing (`refresh.ts`).
 */
import {
  GRANT_ORDER,
  type HeaderLine,
  inOrder,
} from "../../protocol/headers.ts";
import { parseObject, stringField } from "../../protocol/json.ts";
import { tokenIn } from "../../protocol/token.ts";
import { retryAfterMs } from "../../failure/retry_after.ts";
import type { Answer } from "../../failure/failure.ts";
import { urlBelow } from "../../protocol/url.ts";
import { oauthErrorText, readOauthError } from "./oauth_error.ts";
import type { UpstreamRequest } from "../request.ts";

export const CLIENT_ID = "app_EMoamEEZ73f0CkXaXp7hrann";

export type RefreshReason =
  | "proactive_expiry"
  | "unauthorized_recovery"
  | "forced";

/** The tokens in an answer; those that are missing stay as they were. */
export interface GrantAnswer {
  readonly accessToken: string | undefined;
  readonly refreshToken: string | undefined;
  readonly idToken: string | undefined;
  /** Whether the answer had a new refresh token that is damaged. */
  readonly lostRotation: boolean;
}

export type GrantOutcome =
  | { readonly kind: "granted"; readonly tokens: GrantAnswer }
  /** The refresh token is dead, according to this server. */
  | { readonly kind: "dead"; readonly message: string }
  /** The request has not left this machine: the network failed. */
  | { readonly kind: "unsent"; readonly message: string }
  /** Not now; the token was not spent. */
  | GrantRefusal<"refused">
  /** Not now; the token may or may not be spent. */
  | GrantRefusal<"unclear">;

interface GrantRefusal<Kind> {
  readonly kind: Kind;
  readonly message: string;
  readonly retryAfterMs?: number | undefined;
}

export function buildGrant(
  issuer: URL,
  refreshToken: string,
  { reason, identity }: {
    readonly reason: RefreshReason;
    readonly identity: readonly HeaderLine[];
  },
): UpstreamRequest {
  // Keys in the client's order (docs/client.md, "Refreshing").
  const body = JSON.stringify({
    client_id: CLIENT_ID,
    grant_type: "refresh_token",
    refresh_reason: reason,
    refresh_token: refreshToken,
  });
  const headers: HeaderLine[] = [
    ["content-type", "application/json"],
    ...identity,
    ["accept", "*/*"],
  ];
  return {
    method: "POST",
    url: urlBelow(issuer, "/oauth/token"),
    headers: inOrder(headers, GRANT_ORDER),
    body: new TextEncoder().encode(body),
  };
}

/** Codes of a dead token (docs/client.md, "Refreshing"). */
const DEAD: ReadonlySet<string> = new Set([
  "app_session_terminated",
  "invalid_grant",
  "refresh_token_expired",
  "refresh_token_invalidated",
  "refresh_token_reused",
]);

/** Reads the grant's answer, whatever its status. */
export function readGrant(answer: Answer, now: number): GrantOutcome {
  const text = new TextDecoder().decode(answer.body);
  const object = parseObject(text);
  if (answer.status < 300 && object) {
    const rotated = stringField(object, "refresh_token")?.trim();
    const refreshToken = tokenIn(rotated);
    return {
      kind: "granted",
      tokens: {
        accessToken: tokenIn(object["access_token"]),
        refreshToken,
        idToken: tokenIn(object["id_token"]),
        lostRotation: Boolean(rotated) && refreshToken === undefined,
      },
    };
  }
  const error = readOauthError(object ?? {});
  const { code, said } = error;
  const message = `token endpoint answered ${
    oauthErrorText(answer.status, error)
  }`;
  // A 401 without JSON is a page of something in front of the auth server.
  const isDenied = answer.status === 401 && object !== undefined;
  if (isDenied || (code !== undefined && DEAD.has(code))) {
    return { kind: "dead", message };
  }
  // A proxy's 502, or a page with status 200, may hide a grant.
  const told = answer.status >= 300 && answer.status < 500;
  return {
    kind: told ? "refused" : "unclear",
    message,
    retryAfterMs: retryAfterMs(answer.headers, object, said, now),
  };
}
