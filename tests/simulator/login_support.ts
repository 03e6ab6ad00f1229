/**
 * A client that signs in as the captured one did: its requests, with what the
 * simulator gave out in place of what the real server gave.
 */

import { assertEquals } from "@std/assert";
import type { Simulator } from "../../lib/simulator/simulator.ts";
import browser from "../fixtures/captures/H2-login-browser.json" with {
  type: "json",
};
import device from "../fixtures/captures/H1-login-device-auth.json" with {
  type: "json",
};

export { browser, device };

/** Parameters that take another value; undefined ones are left out. */
export type Changes = Readonly<Record<string, string | undefined>>;

/** Sends the browser to the captured address, with `changes` in its query. */
export async function authorize(
  simulator: Simulator,
  changes: Changes = {},
): Promise<
  { readonly response: Response; readonly location: URL | undefined }
> {
  const { pathname, searchParams } = new URL(browser.authorize);
  const query = changed(searchParams, changes);
  const response = await fetch(`${simulator.issuer}${pathname}?${query}`, {
    redirect: "manual",
  });
  const location = response.headers.get("location");
  return { response, location: location ? new URL(location) : undefined };
}

/** A code as the callback gets it. */
export async function newCode(
  simulator: Simulator,
  changes: Changes = {},
): Promise<string> {
  const { response, location } = await authorize(simulator, changes);
  await response.body?.cancel();
  return location?.searchParams.get("code") ?? "";
}

interface CapturedForm {
  readonly target: string;
  readonly body: string;
}

/**
 * POSTs a captured form, with `changes` in it. As a stream: any other body
 * `fetch` sends twice when a reused connection ends without an answer.
 */
export function sendForm(
  simulator: Simulator,
  { target, body }: CapturedForm,
  changes: Changes,
): Promise<Response> {
  const form = changed(new URLSearchParams(body), changes);
  return fetch(`${simulator.issuer}${target}`, {
    method: "POST",
    headers: { "content-type": "application/x-www-form-urlencoded" },
    body: new Blob([String(form)]).stream(),
  });
}

/** Exchanges a code of `authorize`; the verifier is the captured one. */
export function exchange(
  simulator: Simulator,
  code: string,
  changes: Changes = {},
): Promise<Response> {
  return sendForm(simulator, browser.grant, { code, ...changes });
}

interface CapturedJson {
  readonly target: string;
  readonly body: Readonly<Record<string, string>>;
}

/** POSTs captured JSON, with `changes` in it. */
export function sendJson(
  simulator: Simulator,
  { target, body }: CapturedJson,
  changes: Changes = {},
): Promise<Response> {
  return fetch(`${simulator.issuer}${target}`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ ...body, ...changes }),
  });
}

/** What the client keeps of a device code: `poll` asks about it. */
export interface Asked {
  readonly userCode: string;
  readonly poll: () => Promise<Response>;
}

export async function askForDeviceCode(simulator: Simulator): Promise<Asked> {
  const response = await sendJson(simulator, device.usercode);
  const { device_auth_id, user_code } = await response.json();
  return {
    userCode: user_code,
    poll: () =>
      sendJson(simulator, device.pending, { device_auth_id, user_code }),
  };
}

/** The captured text of an answer as JSON. */
export function captured(
  { answer }: { readonly answer: { readonly body: string } },
): unknown {
  return JSON.parse(answer.body);
}

/** 400 with `error`, and a description of some words (RFC 6749, 5.2). */
export async function assertRefused(
  response: Response,
  error: string,
): Promise<void> {
  const body = await response.json();
  assertEquals(Object.keys(body), ["error", "error_description"]);
  assertEquals([response.status, body.error], [400, error]);
}

function changed(
  parameters: URLSearchParams,
  changes: Changes,
): URLSearchParams {
  const result = new URLSearchParams(parameters);
  for (const [name, value] of Object.entries(changes)) {
    if (value === undefined) result.delete(name);
    else result.set(name, value);
  }
  return result;
}
