/**
 * The simulated upstream's routes: which part answers which request.
 */

import { STATUS_CODE } from "@std/http";
import {
  accountsCheck,
  emptyObject,
  images,
  plugins,
  reachable,
  resetCredits,
  search,
  usage,
} from "./account_pages.ts";
import type { Backend } from "./backend.ts";
import type { Exchange } from "./exchange.ts";
import type { Endpoint } from "./fault_queue.ts";
import { isHeadFault, isStreamFault } from "./faults.ts";
import { handshake } from "./handshake.ts";
import { models } from "./models.ts";
import { type Call, compact, responses } from "./responses.ts";
import { revoke, token } from "./token_endpoint.ts";

type Answer = (call: Call) => void | Promise<void>;

const API = "/backend-api";
const CODEX = `${API}/codex`;

/** Routes behind an account's token. */
const ROUTES: Readonly<Record<string, readonly [Endpoint, Answer]>> = {
  [`POST ${CODEX}/responses`]: ["turn", responses],
  [`HEAD ${CODEX}/responses`]: ["turn", reachable],
  [`POST ${CODEX}/responses/compact`]: ["turn", compact],
  [`POST ${CODEX}/alpha/search`]: ["turn", search],
  [`POST ${CODEX}/images/generations`]: ["turn", images],
  [`POST ${CODEX}/images/edits`]: ["turn", images],
  [`GET ${CODEX}/models`]: ["models", models],
  [`POST ${CODEX}/analytics-events/events`]: ["account", emptyObject],
  [`GET ${API}/wham/accounts/check`]: ["account", accountsCheck],
  [`GET ${API}/wham/usage`]: ["account", usage],
  [`GET ${API}/wham/rate-limit-reset-credits`]: ["account", resetCredits],
  [`GET ${API}/wham/settings/user`]: ["account", emptyObject],
  [`GET ${API}/ps/plugins/installed`]: ["account", plugins],
  [`GET ${API}/ps/plugins/suggested/codex`]: ["account", plugins],
};

/** Answers one request; its body has been read. */
export async function answerRequest(
  backend: Backend,
  exchange: Exchange,
): Promise<void> {
  const { method, target } = exchange.recording;
  const [path = ""] = target.split("?", 1);
  const route = `${method} ${path}`;
  if (route === "POST /oauth/token") return await token(backend, exchange);
  if (route === "POST /oauth/revoke") return revoke(backend, exchange);
  if (route === `GET ${CODEX}/responses`) {
    return await handshake(backend, exchange);
  }

  const found = ROUTES[route];
  if (found === undefined) {
    return exchange.json(STATUS_CODE.NotFound, { detail: "Not Found" });
  }
  await answerForAccount(backend, exchange, found);
}

async function answerForAccount(
  backend: Backend,
  exchange: Exchange,
  [endpoint, answer]: readonly [Endpoint, Answer],
): Promise<void> {
  const known = backend.authenticate(exchange.recording);
  if (!known.ok) return exchange.json(known.error.status, known.error.body);

  const account = known.value;
  const fault = account.takeFault(endpoint);
  if (fault !== undefined && isHeadFault(fault)) {
    if (!await exchange.suffer(fault)) return;
  }
  const shown = fault && isStreamFault(fault) ? fault : undefined;
  await answer({ backend, account, exchange, fault: shown });
}
