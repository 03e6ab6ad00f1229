/**
 * The authorization-code grant with PKCE (RFC 6749, section 4.1; RFC 7636) as
 * the official client makes it (docs/client.md, "Signing in").
 *
 * Builds and reads; does not send, listen or store. Leaves out the client's
 * second grant, which trades the id token for an API key: the gateway does not
 * need one, and a key that does not exist cannot leak.
 */
import { createHash } from "node:crypto";
import type { Answer } from "../../failure/failure.ts";
import { redact } from "../../failure/redact.ts";
import type { HeaderLine } from "../../protocol/headers.ts";
import { urlBelow } from "../../protocol/url.ts";
import { err, ok, type Result } from "../../result.ts";
import { CLIENT_ID, readGrant } from "./grant.ts";
import { acceptEncodingOf } from "./identity.ts";
import type { UpstreamRequest } from "../request.ts";

/** What only the program that began a sign-in knows. */
export interface SignInSecrets {
  /** `code_verifier` (RFC 7636, section 4.1). */
  readonly verifier: string;
  readonly state: string;
}

/** As long as the official client's: 86 and 43 characters. */
export function newSecrets(): SignInSecrets {
  return { verifier: randomText(64), state: randomText(32) };
}

function randomText(bytes: number): string {
  return crypto.getRandomValues(new Uint8Array(bytes))
    .toBase64({ alphabet: "base64url", omitPadding: true });
}

/** Where a person signs in; parameters in the official client's order. */
export function authorizeUrl(
  issuer: URL,
  { secrets: { verifier, state }, redirectUri }: {
    readonly secrets: SignInSecrets;
    readonly redirectUri: string;
  },
): URL {
  const url = urlBelow(issuer, "/oauth/authorize");
  url.search = new URLSearchParams([
    ["response_type", "code"],
    ["client_id", CLIENT_ID],
    ["redirect_uri", redirectUri],
    ["code_challenge", challengeOf(verifier)],
    ["code_challenge_method", "S256"],
    ["state", state],
    [
      "scope",
      "openid profile email offline_access api.connectors.read " +
      "api.connectors.invoke",
    ],
    ["id_token_add_organizations", "true"],
    ["codex_cli_simplified_flow", "true"],
    ["originator", "codex_cli_rs"],
  ]).toString();
  return url;
}

/** `S256` (RFC 7636, section 4.2). */
function challengeOf(verifier: string): string {
  return createHash("sha256").update(verifier).digest("base64url");
}

/** The auth server, and the client version to appear as. */
export interface SignInServer {
  readonly authIssuer: URL;
  readonly codexVersion: string;
}

export interface CodeGrant {
  readonly code: string;
  readonly redirectUri: string;
  readonly verifier: string;
}

/** Trades the code for tokens; keys and headers in the client's order. */
export function buildCodeGrant(
  { authIssuer, codexVersion }: SignInServer,
  { code, redirectUri, verifier }: CodeGrant,
): UpstreamRequest {
  const body = new URLSearchParams([
    ["grant_type", "authorization_code"],
    ["client_id", CLIENT_ID],
    ["code", code],
    ["redirect_uri", redirectUri],
    ["code_verifier", verifier],
  ]).toString();
  return {
    method: "POST",
    url: urlBelow(authIssuer, "/oauth/token"),
    headers: signInHeaders("application/x-www-form-urlencoded", codexVersion),
    body: new TextEncoder().encode(body),
  };
}

/**
 * The headers of the official client (docs/client.md, "Signing in"), plus an
 * empty `user-agent`: without one, `fetch` would send its own.
 */
export function signInHeaders(
  contentType: string,
  codexVersion: string,
): readonly HeaderLine[] {
  return [
    ["content-type", contentType],
    ["accept", "*/*"],
    ["user-agent", ""],
    ...acceptEncodingOf(codexVersion),
  ];
}

/** The tokens of a finished sign-in. */
export interface SignedIn {
  readonly refreshToken: string;
  readonly accessToken: string | undefined;
  readonly idToken: string | undefined;
}

/** Reads the grant's answer; the error quotes no secret of `grant`. */
export function readCodeGrant(
  answer: Answer,
  grant: CodeGrant,
): Result<SignedIn, string> {
  const outcome = readGrant(answer, 0);
  if (outcome.kind !== "granted") {
    return err(redact(outcome.message, [grant.code, grant.verifier]));
  }
  const { accessToken, idToken, refreshToken } = outcome.tokens;
  if (refreshToken === undefined) {
    return err("token endpoint gave no refresh token");
  }
  return ok({ refreshToken, accessToken, idToken });
}
