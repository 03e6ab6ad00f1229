/**
 * Signing in with a code that a person types on another machine, as the
 * official client does it (docs/client.md, "Signing in"): like RFC 8628, with
 * other names.
 *
 * Builds and reads; does not send, and does not decide when to poll.
 */
import type { Answer } from "../../failure/failure.ts";
import { redact } from "../../failure/redact.ts";
import { DEVICE_EXPIRY_S, DEVICE_INTERVAL_S } from "../../limits.ts";
import {
  type JsonObject,
  numberField,
  parseObject,
  stringField,
} from "../../protocol/json.ts";
import { urlBelow } from "../../protocol/url.ts";
import { err, ok, type Result } from "../../result.ts";
import { signInHeaders, type SignInServer } from "./authorization.ts";
import { CLIENT_ID } from "./grant.ts";
import { oauthErrorText, readOauthError } from "./oauth_error.ts";
import type { UpstreamRequest } from "../request.ts";

/** A sign-in that waits for the person to type the code. */
export interface DeviceCode {
  readonly deviceAuthId: string;
  /** To be shown to the person; useless without their own sign-in. */
  readonly userCode: string;
  readonly intervalMs: number;
  readonly expiresInMs: number;
}

export function buildUserCode(server: SignInServer): UpstreamRequest {
  return post(server, "/api/accounts/deviceauth/usercode", {
    client_id: CLIENT_ID,
  });
}

export function readUserCode(answer: Answer): Result<DeviceCode, string> {
  if (answer.status === 404) {
    return err(
      "Device code login is not enabled on this server: run codaze login " +
        "without --device, or check --auth-issuer",
    );
  }
  const object = objectOf(answer);
  if (answer.status >= 300) {
    return err(`The server gave no device code: ${refusalOf(answer)}`);
  }
  const deviceAuthId = stringField(object, "device_auth_id");
  // The official client accepts the second spelling, too.
  const userCode = stringField(object, "user_code") ??
    stringField(object, "usercode");
  if (!deviceAuthId || !userCode || !/^[\w-]{1,64}$/.test(userCode)) {
    return err("The server gave a device code that cannot be read");
  }
  return ok({
    deviceAuthId,
    userCode,
    intervalMs: seconds(object, "interval", DEVICE_INTERVAL_S) * 1000,
    expiresInMs: seconds(object, "expires_in", DEVICE_EXPIRY_S) * 1000,
  });
}

/** Asks whether the person is done; keys in the official client's order. */
export function buildPoll(
  server: SignInServer,
  { deviceAuthId, userCode }: DeviceCode,
): UpstreamRequest {
  return post(server, "/api/accounts/deviceauth/token", {
    device_auth_id: deviceAuthId,
    user_code: userCode,
  });
}

export type PollOutcome =
  | { readonly kind: "pending" }
  /** The server has trouble: asked again, and reported once. */
  | { readonly kind: "unavailable"; readonly message: string }
  | { readonly kind: "denied" }
  | { readonly kind: "expired" }
  | { readonly kind: "refused"; readonly message: string }
  | {
    readonly kind: "authorized";
    readonly code: string;
    readonly verifier: string;
  };

/** 403 and 404 mean: not yet. The codes are those of RFC 8628, section 3.5. */
export function readPoll(answer: Answer, device: DeviceCode): PollOutcome {
  const { status } = answer;
  if (status === 403 || status === 404) return { kind: "pending" };

  const { code } = readOauthError(objectOf(answer));
  if (code === "access_denied") return { kind: "denied" };
  if (code === "expired_token") return { kind: "expired" };
  const message = redact(refusalOf(answer), [device.deviceAuthId]);
  if (status === 429 || status >= 500) return { kind: "unavailable", message };
  if (status >= 300) return { kind: "refused", message };

  const object = objectOf(answer);
  const granted = stringField(object, "authorization_code");
  const verifier = stringField(object, "code_verifier");
  return granted && verifier
    ? { kind: "authorized", code: granted, verifier }
    : { kind: "refused", message: "the answer cannot be read" };
}

/** Never visited: it only has to equal the one that the server has. */
export function deviceRedirectUri(issuer: URL): string {
  return urlBelow(issuer, "/deviceauth/callback").href;
}

/** Where the person types the code. */
export function devicePage(issuer: URL): string {
  return urlBelow(issuer, "/codex/device").href;
}

function post(
  { authIssuer, codexVersion }: SignInServer,
  path: string,
  body: JsonObject,
): UpstreamRequest {
  return {
    method: "POST",
    url: urlBelow(authIssuer, path),
    headers: signInHeaders("application/json", codexVersion),
    body: new TextEncoder().encode(JSON.stringify(body)),
  };
}

function objectOf({ body }: Answer): JsonObject {
  return parseObject(new TextDecoder().decode(body)) ?? {};
}

/** Status, code and words of an error. */
function refusalOf(answer: Answer): string {
  const error = readOauthError(objectOf(answer));
  return `answer ${oauthErrorText(answer.status, error)}`;
}

/** The server sends a number as text. Any value is kept within bounds. */
function seconds(
  object: JsonObject,
  key: string,
  bounds: {
    readonly min: number;
    readonly default: number;
    readonly max: number;
  },
): number {
  const value = numberField(object, key) ??
    Number.parseFloat(stringField(object, key) ?? "");
  if (!Number.isFinite(value)) return bounds.default;
  return Math.min(bounds.max, Math.max(bounds.min, value));
}
