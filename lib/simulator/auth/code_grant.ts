/**
 * The grants of `POST /oauth/token` that complete a sign-in, sent as a form:
 * the authorization code (RFC 6749, section 4.1.3) and the exchange of the id
 * token for an API key (RFC 8693). See docs/client.md, "Signing in".
 *
 * No capture shows a refusal; these have the form of RFC 6749, section 5.2.
 */

import { STATUS_CODE } from "@std/http";
import type { CodeRefusal } from "../accounts/authorization_codes.ts";
import type { Backend } from "../accounts/backend.ts";
import { newSecret } from "../accounts/canary.ts";
import { type Exchange, mayAnswer } from "../http/exchange.ts";
import { formOf, parameter } from "../http/parameters.ts";
import { challengeOf } from "./pkce.ts";
import { answerTokens } from "./token_answer.ts";
import { CLIENT_ID } from "../accounts/tokens.ts";

const TOKEN_EXCHANGE = "urn:ietf:params:oauth:grant-type:token-exchange";
const ID_TOKEN = "urn:ietf:params:oauth:token-type:id_token";

export async function formGrant(
  backend: Backend,
  exchange: Exchange,
): Promise<void> {
  const form = formOf(exchange);
  if (parameter(form, "client_id") !== CLIENT_ID) {
    backend.violations.push("a grant was asked for by another client");
    return refuse(exchange, "invalid_client", "Unknown client");
  }
  switch (parameter(form, "grant_type")) {
    case "authorization_code":
      return await exchangeCode(backend, exchange, form);
    case TOKEN_EXCHANGE:
      return await exchangeIdToken(backend, exchange, form);
    default:
      return refuse(exchange, "unsupported_grant_type", "Unknown grant type");
  }
}

async function exchangeCode(
  backend: Backend,
  exchange: Exchange,
  form: URLSearchParams,
): Promise<void> {
  const code = parameter(form, "code");
  const redirectUri = parameter(form, "redirect_uri");
  const verifier = parameter(form, "code_verifier");
  if (!code || !redirectUri || !verifier) {
    return refuse(
      exchange,
      "invalid_request",
      "code, redirect_uri and code_verifier must be there once",
    );
  }
  const account = backend.codes.accountOf(code);
  exchange.recording.account = account?.name;

  const fault = backend.signIn.takeFault("code");
  if (!await mayAnswer(exchange, fault)) return;

  const challenge = await challengeOf(verifier);
  const redeemed = backend.codes.redeem(code, { redirectUri, challenge });
  if (!redeemed.ok) {
    const { violation, description } = REFUSALS[redeemed.error];
    if (violation !== undefined) {
      const owner = account === undefined ? "" : ` of "${account.name}"`;
      backend.violations.push(`authorization code${owner} ${violation}`);
    }
    return refuse(exchange, "invalid_grant", description);
  }
  if (fault?.kind !== "no_refresh_token") {
    return answerTokens(exchange, redeemed.value, fault);
  }
  exchange.json(STATUS_CODE.OK, {
    id_token: redeemed.value.idToken,
    access_token: redeemed.value.accessToken,
  });
}

async function exchangeIdToken(
  backend: Backend,
  exchange: Exchange,
  form: URLSearchParams,
): Promise<void> {
  const idToken = parameter(form, "subject_token") ?? "";
  if (
    parameter(form, "requested_token") !== "openai-api-key" ||
    parameter(form, "subject_token_type") !== ID_TOKEN
  ) {
    return refuse(
      exchange,
      "invalid_request",
      "only an API key can be had, and for an id token",
    );
  }
  const account = backend.accounts.find((account) =>
    account.idTokenState(idToken) !== "unknown"
  );
  exchange.recording.account = account?.name;
  if (!await mayAnswer(exchange, backend.signIn.takeFault("api_key"))) return;

  if (account === undefined) {
    backend.violations.push("an id token that is not ours was presented");
  }
  if (account?.idTokenState(idToken) !== "valid") {
    return refuse(exchange, "invalid_grant", "Invalid subject token");
  }
  exchange.json(STATUS_CODE.OK, { access_token: newSecret("api_key") });
}

interface Refusal {
  /** What the caller did wrong; undefined if an honest one may do the same. */
  readonly violation: string | undefined;
  readonly description: string;
}

const REFUSALS: Readonly<Record<CodeRefusal, Refusal>> = {
  unknown: {
    violation: "that is not ours was presented",
    description: "Unknown authorization code",
  },
  used: {
    violation: "used twice",
    description: "The authorization code was used before",
  },
  expired: {
    violation: undefined,
    description: "The authorization code is too old",
  },
  other_redirect_uri: {
    violation: "presented with another redirect_uri",
    description: "redirect_uri is not the one of the authorize request",
  },
  wrong_verifier: {
    violation: "presented with a wrong code_verifier",
    description: "code_verifier does not match the code_challenge",
  },
};

function refuse(exchange: Exchange, error: string, description: string): void {
  const body = { error, error_description: description };
  exchange.json(STATUS_CODE.BadRequest, body);
}
