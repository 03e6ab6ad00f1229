/**
 * `POST /oauth/token` and `POST /oauth/revoke` of the auth server.
 *
 * Answers the refresh-token grant, which comes as JSON (docs/client.md,
 * "Refreshing"). The grants that complete a sign-in come as a form; they are in
 * `code_grant.ts`.
 */

import { STATUS_CODE } from "@std/http";
import { stringField } from "../../protocol/json.ts";
import type { SimulatedAccount } from "../accounts/account.ts";
import type { Backend } from "../accounts/backend.ts";
import { formGrant } from "./code_grant.ts";
import { type Exchange, mayAnswer } from "../http/exchange.ts";
import { isForm, jsonOf } from "../http/parameters.ts";
import type { RefreshRefusal } from "../accounts/refresh_family.ts";
import type { Refused } from "../faults/refusals.ts";
import { answerTokens } from "./token_answer.ts";
import { CLIENT_ID } from "../accounts/tokens.ts";

export async function token(
  backend: Backend,
  exchange: Exchange,
): Promise<void> {
  if (isForm(exchange)) return await formGrant(backend, exchange);
  const grant = readGrant(exchange);
  if (grant.refused !== undefined) {
    return exchange.json(grant.refused.status, grant.refused.body);
  }
  const account = ownerOf(backend, grant.refreshToken);
  if (account === undefined) {
    backend.violations.push("a refresh token that is not ours was presented");
    return refuse(exchange, "unknown");
  }
  exchange.recording.account = account.name;

  const fault = account.takeFault("token");
  if (!await mayAnswer(exchange, fault)) return;
  const rotate = fault?.kind !== "no_refresh_token";
  const refreshed = account.refresh(grant.refreshToken, { rotate });
  if (refreshed.ok) return answerTokens(exchange, refreshed.value, fault);

  if (refreshed.error === "reused") {
    backend.violations.push(`refresh token of "${account.name}" used twice`);
  }
  refuse(exchange, refreshed.error);
}

/**
 * Ends the sign-in; an unknown token is not an error (RFC 7009, section 2.2).
 */
export function revoke(backend: Backend, exchange: Exchange): void {
  const refreshToken = stringField(jsonOf(exchange), "token") ?? "";
  const account = ownerOf(backend, refreshToken);
  account?.revokeSignIn(refreshToken);
  exchange.recording.account = account?.name;
  exchange.json(STATUS_CODE.OK, {});
}

type Grant =
  | { readonly refused: Refused }
  | { readonly refused?: undefined; readonly refreshToken: string };

function readGrant(exchange: Exchange): Grant {
  const body = jsonOf(exchange);
  if (stringField(body, "client_id") !== CLIENT_ID) {
    return badGrant("invalid_client", "Unknown client");
  }
  if (stringField(body, "grant_type") !== "refresh_token") {
    return badGrant("unsupported_grant_type", "Only refresh_token is known");
  }
  const refreshToken = stringField(body, "refresh_token");
  if (refreshToken === undefined) {
    return badGrant("invalid_request", "refresh_token is missing");
  }
  return { refreshToken };
}

function badGrant(error: string, description: string): Grant {
  const body = { error, error_description: description };
  return { refused: { status: STATUS_CODE.BadRequest, body } };
}

/** As recorded; tests/simulator/token_endpoint_test.ts compares them. */
const REFUSALS: Readonly<Record<RefreshRefusal, Refused>> = {
  expired: {
    status: STATUS_CODE.Unauthorized,
    body: {
      error: {
        message: "Could not validate your refresh token. " +
          "Please try signing in again.",
        type: "invalid_request_error",
        param: null,
        code: "refresh_token_expired",
      },
    },
  },
  reused: {
    status: STATUS_CODE.Unauthorized,
    body: {
      error: {
        message: "Your refresh token has already been used to generate a new " +
          "access token. Please try signing in again.",
        type: "invalid_request_error",
        param: null,
        code: "refresh_token_reused",
      },
    },
  },
  revoked: {
    status: STATUS_CODE.Unauthorized,
    body: {
      error: {
        code: "refresh_token_invalidated",
        message: "Your session has ended",
      },
    },
  },
  unknown: {
    status: STATUS_CODE.BadRequest,
    body: {
      error: "invalid_grant",
      error_description: "Invalid refresh token",
    },
  },
};

function refuse(exchange: Exchange, refusal: RefreshRefusal): void {
  const { status, body } = REFUSALS[refusal];
  exchange.json(status, body);
}

function ownerOf(
  backend: Backend,
  refreshToken: string,
): SimulatedAccount | undefined {
  return backend.accounts.find((account) =>
    account.knowsRefreshToken(refreshToken)
  );
}
