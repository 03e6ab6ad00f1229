/**
 * `GET /oauth/authorize`: sends the browser back to the client's callback with
 * a code or a refusal (docs/client.md, "Signing in").
 *
 * No capture shows how the real server answers wrong parameters. Here they
 * lead to an error page, never to the callback, and count as violations.
 */

import { STATUS_CODE } from "@std/http";
import type { Backend } from "../accounts/backend.ts";
import type { Exchange } from "../http/exchange.ts";
import { showPage } from "../http/pages.ts";
import { parameter, queryOf } from "../http/parameters.ts";
import { CHALLENGE } from "./pkce.ts";
import { CLIENT_ID } from "../accounts/tokens.ts";

export function authorize(backend: Backend, exchange: Exchange): void {
  const query = queryOf(exchange);
  const wrong = wrongParameters(query, backend.signIn.callbackPorts);
  if (wrong.length > 0) {
    backend.violations.push(`authorize request with wrong ${wrong.join(", ")}`);
    return showPage(exchange, {
      status: STATUS_CODE.BadRequest,
      title: "Cannot sign in",
      text: `Missing or wrong: ${wrong.join(", ")}`,
    });
  }
  sendBack(backend, exchange, {
    redirectUri: parameter(query, "redirect_uri") ?? "",
    challenge: parameter(query, "code_challenge") ?? "",
    state: parameter(query, "state") ?? "",
  });
}

interface AuthorizeRequest {
  readonly redirectUri: string;
  readonly challenge: string;
  readonly state: string;
}

function sendBack(
  backend: Backend,
  exchange: Exchange,
  { redirectUri, challenge, state }: AuthorizeRequest,
): void {
  const { decision } = backend.signIn;
  switch (decision.kind) {
    case "undecided":
      return showPage(exchange, {
        status: STATUS_CODE.OK,
        title: "Sign in to Codex",
        text: "Nobody has decided yet.",
      });
    case "approved": {
      const { account } = decision;
      exchange.recording.account = account.name;
      const code = backend.codes.issue({ account, redirectUri, challenge });
      return redirect(exchange, redirectUri, { code, state });
    }
    case "denied":
      // RFC 6749, section 4.1.2.1.
      return redirect(exchange, redirectUri, {
        error: "access_denied",
        error_description: decision.description,
        state,
      });
  }
}

type Check = (value: string, callbackPorts: readonly number[]) => boolean;

/** The required parameters, each with its check. */
const CHECKS: Readonly<Record<string, Check>> = {
  response_type: (value) => value === "code",
  client_id: (value) => value === CLIENT_ID,
  redirect_uri: isCallback,
  code_challenge: (value) => CHALLENGE.test(value),
  code_challenge_method: (value) => value === "S256",
  state: () => true,
  // Without `offline_access` there is no refresh token.
  scope: (value) => value.split(" ").includes("offline_access"),
};

function wrongParameters(
  query: URLSearchParams,
  callbackPorts: readonly number[],
): readonly string[] {
  return Object.entries(CHECKS)
    .filter(([name, isRight]) => {
      const value = parameter(query, name);
      return value === undefined || !isRight(value, callbackPorts);
    })
    .map(([name]) => name);
}

const CALLBACK =
  /^http:\/\/(?:127\.0\.0\.1|localhost):([1-9]\d{0,4})\/auth\/callback$/;

function isCallback(value: string, ports: readonly number[]): boolean {
  const [, port] = CALLBACK.exec(value) ?? [];
  return ports.includes(Number(port));
}

function redirect(
  exchange: Exchange,
  redirectUri: string,
  parameters: Readonly<Record<string, string>>,
): void {
  const location = `${redirectUri}?${new URLSearchParams(parameters)}`;
  exchange.answer(STATUS_CODE.Found, [["location", location]], "");
}
