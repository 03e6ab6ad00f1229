/**
 * `POST …/responses` over SSE and `POST …/responses/compact`.
 *
 * When these are called, the account is known and its head fault carried out.
 */

import { STATUS_CODE } from "@std/http";
import type { HeaderLine } from "../../protocol/headers.ts";
import type { JsonObject } from "../../protocol/json.ts";
import { formatEvent } from "../../protocol/sse.ts";
import type { SimulatedAccount } from "../accounts/account.ts";
import type { Backend } from "../accounts/backend.ts";
import {
  otherLimitHeaders,
  turnLimitHeaders,
} from "../accounts/shown_limits.ts";
import {
  encryptedContent,
  setCookies,
  turnState,
} from "../model/bound_values.ts";
import { checkInput, checkTurn } from "./checks.ts";
import type { Rules } from "./rules.ts";
import { turnExtras } from "./turn_extras.ts";
import { decodedJson } from "../http/encoding.ts";
import { eventsOf, type TurnEvent } from "../model/events.ts";
import type { Exchange } from "../http/exchange.ts";
import type { StreamFault } from "../faults/faults.ts";
import { play, type Sink } from "../faults/play.ts";
import { admitTurn, beginTurn } from "./turn.ts";

/** What an endpoint that needs an account's token gets. */
export interface Call {
  readonly backend: Backend;
  readonly account: SimulatedAccount;
  readonly exchange: Exchange;
  /** The fault to show inside the answer. */
  readonly fault: StreamFault | undefined;
}

export async function responses(call: Call): Promise<void> {
  const { backend, account, exchange, fault } = call;
  const body = bodyOf(exchange);
  if (body === undefined) return refuseUnreadable(exchange);
  const checked = checkTurn(body, rulesFor(call));
  if (!checked.ok) {
    return exchange.json(checked.error.status, checked.error.body);
  }
  if (!await isAdmitted(call, body)) return;

  const turn = beginTurn({
    backend,
    account,
    body,
    input: checked.value,
    fault,
  });
  const inputTokens = Math.ceil(exchange.recording.body.length / 4);

  exchange.begin([
    ...turnHeaders(backend, account, turn.serial),
    ...(fault?.kind === "headers" ? fault.headers : []),
  ]);
  const events = eventsOf(turn.head, turn.output, {
    inputTokens,
    extras: hasPrivateEvents(call) ? turnExtras(backend, account, turn) : [],
    options: backend.answers,
  });
  await play(events, { head: turn.head, fault, sink: sseSink(exchange) });
}

/** The compaction of older clients (docs/client.md, "Compaction"). */
export async function compact(call: Call): Promise<void> {
  const { backend, account, exchange } = call;
  const body = bodyOf(exchange);
  if (body === undefined) return refuseUnreadable(exchange);
  const checked = checkInput(body, rulesFor(call));
  if (!checked.ok) {
    return exchange.json(checked.error.status, checked.error.body);
  }
  if (!await isAdmitted(call, body)) return;

  account.turns++;
  const blob = encryptedContent(account.ownerKey, backend.nextSerial());
  const kept = checked.value.filter((item) => item.role === "user");
  const summary = { type: "compaction_summary", encrypted_content: blob };
  const answer = { output: [...kept, summary] };
  exchange.json(STATUS_CODE.OK, answer, otherLimitHeaders(account));
}

/** Whether the answer has the events that a websocket always has. */
function hasPrivateEvents({ backend, account }: Call): boolean {
  const { privateEvents } = backend.answers;
  return privateEvents === "some"
    ? account.turns % 3 === 0
    : privateEvents === "all";
}

function rulesFor({ backend, account, exchange }: Call): Rules {
  const lite = exchange.recording.header(
    "x-openai-internal-codex-responses-lite",
  );
  return {
    ownerKey: account.ownerKey,
    models: backend.models,
    plainForm: backend.answers.plainForm,
    isLite: lite === "true",
    history: [],
  };
}

/** False if the account's quota refuses the request; the answer is sent. */
async function isAdmitted(
  { account, exchange }: Call,
  body: JsonObject,
): Promise<boolean> {
  const turnState = exchange.recording.header("x-codex-turn-state");
  const refused = admitTurn(account, { body, turnState });
  return refused === undefined || await exchange.suffer(refused);
}

/** Header lines of a streaming answer, in their recorded order. */
function turnHeaders(
  backend: Backend,
  account: SimulatedAccount,
  serial: number,
): readonly HeaderLine[] {
  return [
    ["content-type", "text/event-stream"],
    ...turnLimitHeaders(account, backend.now()),
    ["x-codex-turn-state", turnState(account.ownerKey, serial)],
    ["x-models-etag", backend.modelsEtag],
    ["x-request-id", `req-${serial}`],
    ...setCookies(account.ownerKey, serial).map((cookie): HeaderLine => [
      "set-cookie",
      cookie,
    ]),
  ];
}

function sseSink(exchange: Exchange): Sink {
  const block = (event: TurnEvent) => formatEvent(event.type, event);
  return {
    send: (event) => exchange.write(block(event)),
    pause: (ms) => exchange.pause(ms),
    end: () => exchange.end(),
    cut: (event) => {
      const bytes = event && block(event);
      exchange.cut(bytes?.subarray(0, bytes.length >> 1));
    },
  };
}

function bodyOf({ recording }: Exchange): JsonObject | undefined {
  return decodedJson(recording.body, recording.header("content-encoding"));
}

function refuseUnreadable(exchange: Exchange): void {
  exchange.json(STATUS_CODE.BadRequest, {
    detail: "Request body is not valid JSON",
  });
}
