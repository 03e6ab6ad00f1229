/**
 * Signing in by device code (docs/client.md, "Signing in"): the client asks for
 * a code, a person enters it at `/codex/device`, and the client polls until
 * they have decided.
 *
 * Recorded are the code, a pending poll, the approved poll and the 404 of a
 * server without device codes. All other refusals have status 400, the form of
 * the pending one, and codes of RFC 6749 and RFC 8628.
 */

import { STATUS_CODE } from "@std/http";
import { stringField } from "../../protocol/json.ts";
import type { Backend } from "../accounts/backend.ts";
import { newSecret } from "../accounts/canary.ts";
import type { DeviceCode, PollRefusal } from "../accounts/device_codes.ts";
import { type Exchange, mayAnswer } from "../http/exchange.ts";
import { showPage } from "../http/pages.ts";
import { jsonOf } from "../http/parameters.ts";
import { challengeOf } from "./pkce.ts";
import type { Refused } from "../faults/refusals.ts";
import { CLIENT_ID } from "../accounts/tokens.ts";

/** `POST /api/accounts/deviceauth/usercode`. */
export async function deviceUserCode(
  backend: Backend,
  exchange: Exchange,
): Promise<void> {
  const { signIn } = backend;
  if (!await mayAnswer(exchange, signIn.takeFault("usercode"))) return;
  if (!signIn.deviceLoginEnabled) {
    return exchange.json(STATUS_CODE.NotFound, { detail: "Not Found" });
  }
  if (stringField(jsonOf(exchange), "client_id") !== CLIENT_ID) {
    backend.violations.push("device code asked for by another client");
    return send(exchange, refusal("invalid_client", "unknown client"));
  }
  const seconds = signIn.deviceExpiresIn;
  const code = backend.devices.begin({
    redirectUri: `${issuerOf(exchange)}/deviceauth/callback`,
    intervalMs: signIn.deviceInterval * 1000,
    lifetimeMs: seconds * 1000,
  });
  exchange.json(STATUS_CODE.OK, {
    device_auth_id: code.deviceAuthId,
    user_code: code.userCode,
    interval: String(signIn.deviceInterval),
    expires_in: seconds,
  });
}

/** `POST /api/accounts/deviceauth/token`. */
export async function deviceToken(
  backend: Backend,
  exchange: Exchange,
): Promise<void> {
  const { signIn, devices } = backend;
  if (!await mayAnswer(exchange, signIn.takeFault("device_token"))) return;
  const code = presentedCode(backend, exchange);
  if (code === undefined) {
    backend.violations.push("a device code that is not ours was presented");
    return send(exchange, REFUSALS.unknown);
  }
  if (devices.notePoll(code) === "too_soon") {
    backend.violations.push("device code asked about before its interval");
  }
  const polled = devices.poll(code, signIn.decision);
  if (!polled.ok) return send(exchange, REFUSALS[polled.error]);

  const account = polled.value;
  exchange.recording.account = account.name;
  const verifier = newSecret("code_verifier");
  const challenge = await challengeOf(verifier);
  const { redirectUri } = code;
  exchange.json(STATUS_CODE.OK, {
    authorization_code: backend.codes.issue({
      account,
      redirectUri,
      challenge,
    }),
    code_challenge: challenge,
    code_verifier: verifier,
  });
}

/** `GET /codex/device`. */
export function devicePage(_: Backend, exchange: Exchange): void {
  showPage(exchange, {
    status: STATUS_CODE.OK,
    title: "Sign in to Codex",
    text: "Enter the code that your device shows.",
  });
}

/** Undefined unless the secret id and the user code belong together. */
function presentedCode(
  backend: Backend,
  exchange: Exchange,
): DeviceCode | undefined {
  const body = jsonOf(exchange);
  const code = backend.devices.byId(stringField(body, "device_auth_id") ?? "");
  const matches = code?.userCode === stringField(body, "user_code");
  return matches ? code : undefined;
}

const LOOPBACK = /^(?:127\.0\.0\.1|localhost|\[::1\])(?::\d+)?$/;

/** The auth server's address as this caller knows it. */
function issuerOf({ recording }: Exchange): string {
  const host = recording.header("host") ?? "";
  return `${LOOPBACK.test(host) ? "http" : "https"}://${host}`;
}

const REFUSALS: Readonly<Record<PollRefusal, Refused>> = {
  pending: {
    status: STATUS_CODE.Forbidden,
    body: {
      error: { code: "deviceauth_authorization_pending", message: "pending" },
    },
  },
  denied: refusal("access_denied", "the person said no"),
  expired: refusal("expired_token", "the code is too old"),
  used: refusal("invalid_grant", "the code was used before"),
  unknown: refusal("invalid_grant", "unknown code"),
};

function refusal(code: string, message: string): Refused {
  const body = { error: { code, message } };
  return { status: STATUS_CODE.BadRequest, body };
}

function send(exchange: Exchange, { status, body }: Refused): void {
  exchange.json(status, body);
}
