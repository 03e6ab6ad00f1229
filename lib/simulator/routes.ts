/**
 * The simulated upstream's routes: which part answers which request.
 */

import { STATUS_CODE } from "@std/http";
import {
  accountsCheck,
  emptyObject,
  images,
  models,
  plugins,
  reachable,
  search,
} from "./account_pages.ts";
import { authorize } from "./auth/authorize.ts";
import type { Backend } from "./accounts/backend.ts";
import { devicePage, deviceToken, deviceUserCode } from "./auth/device.ts";
import { type Exchange, mayAnswer } from "./http/exchange.ts";
import type { Endpoint } from "./faults/fault_queue.ts";
import { isStreamFault } from "./faults/faults.ts";
import { consumeReset, resetCredits, usage } from "./limit_pages.ts";
import { handshake } from "./websocket/handshake.ts";
import { type Call, compact, responses } from "./responses/responses.ts";
import { revoke, token } from "./auth/token_endpoint.ts";

type Answer = (call: Call) => void | Promise<void>;
type OpenAnswer = (
  backend: Backend,
  exchange: Exchange,
) => void | Promise<void>;

const API = "/backend-api";
const CODEX = `${API}/codex`;
const RESETS = `${API}/wham/rate-limit-reset-credits`;

/** Routes that find out for themselves whose request it is. */
const OPEN_ROUTES: Readonly<Record<string, OpenAnswer>> = {
  [`GET ${CODEX}/responses`]: handshake,
  "GET /oauth/authorize": authorize,
  "POST /oauth/token": token,
  "POST /oauth/revoke": revoke,
  "GET /codex/device": devicePage,
  "POST /api/accounts/deviceauth/usercode": deviceUserCode,
  "POST /api/accounts/deviceauth/token": deviceToken,
};

/** Some have a name of their own for faults besides that of their group. */
type Route = readonly [group: Endpoint, answer: Answer, own?: Endpoint];

/** Routes that need an account's token. */
const ROUTES: Readonly<Record<string, Route>> = {
  [`POST ${CODEX}/responses`]: ["turn", responses],
  [`HEAD ${CODEX}/responses`]: ["turn", reachable],
  [`POST ${CODEX}/responses/compact`]: ["turn", compact],
  [`POST ${CODEX}/alpha/search`]: ["turn", search],
  [`POST ${CODEX}/images/generations`]: ["turn", images],
  [`POST ${CODEX}/images/edits`]: ["turn", images],
  [`GET ${CODEX}/models`]: ["models", models],
  [`POST ${CODEX}/analytics-events/events`]: ["account", emptyObject],
  [`GET ${API}/wham/accounts/check`]: ["account", accountsCheck],
  [`GET ${API}/wham/usage`]: ["account", usage, "usage"],
  [`GET ${CODEX}/usage`]: ["account", usage, "other_usage"],
  "GET /api/codex/usage": ["account", usage, "other_usage"],
  [`GET ${RESETS}`]: ["account", resetCredits, "resets"],
  [`POST ${RESETS}/consume`]: ["account", consumeReset, "resets"],
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
  const open = OPEN_ROUTES[route];
  if (open !== undefined) return await open(backend, exchange);

  const found = ROUTES[route];
  if (found === undefined) {
    return exchange.json(STATUS_CODE.NotFound, { detail: "Not Found" });
  }
  await answerForAccount(backend, exchange, found);
}

async function answerForAccount(
  backend: Backend,
  exchange: Exchange,
  [group, answer, own = group]: Route,
): Promise<void> {
  const known = backend.authenticate(exchange.recording);
  if (!known.ok) return exchange.json(known.error.status, known.error.body);

  const account = known.value;
  if (answer === usage) account.usageReads++;
  const fault = account.takeFault(group, own);
  if (!await mayAnswer(exchange, fault)) return;
  const shown = fault && isStreamFault(fault) ? fault : undefined;
  await answer({ backend, account, exchange, fault: shown });
}
