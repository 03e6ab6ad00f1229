/**
 * The requests of one websocket: `response.create`, one after the other. Each
 * continues the one before it or carries the whole history (docs/client.md,
 * "Turns over a websocket").
 *
 * As in OpenAI's public documentation of the websocket mode, only the latest
 * response can be continued, and after a failed request none can.
 */

import type { JsonObject } from "../../protocol/json.ts";
import { objectField, parseObject, stringField } from "../../protocol/json.ts";
import { err, ok, type Result } from "../../result.ts";
import type { SimulatedAccount } from "../accounts/account.ts";
import type { Backend } from "../accounts/backend.ts";
import { ownerKeyOf } from "../model/bound_values.ts";
import { checkTurn } from "../responses/checks.ts";
import type { Connection } from "../frames/connection.ts";
import { eventsOf, type TurnEvent } from "../model/events.ts";
import {
  type Fault,
  type HeadFault,
  isHeadFault,
  isStreamFault,
} from "../faults/faults.ts";
import { play } from "../faults/play.ts";
import {
  errorOf,
  errorOfStatus,
  invalidRequest,
  previousResponseNotFound,
} from "../faults/socket_errors.ts";
import { isSocketFault } from "../faults/socket_fault_kinds.ts";
import { SocketSink } from "./socket_sink.ts";
import { turnExtras } from "../responses/turn_extras.ts";
import {
  admitTurn,
  beginTurn,
  newResponse,
  type Turn,
} from "../responses/turn.ts";

/** The response that may be continued, with the history that led to it. */
interface Latest {
  readonly id: string;
  readonly history: readonly JsonObject[];
}

export class Session {
  readonly #backend: Backend;
  readonly #account: SimulatedAccount;
  readonly #connection: Connection;
  #latest: Latest | undefined;
  #last: Promise<void> = Promise.resolve();
  #inFlight = 0;

  constructor(
    { backend, account, connection }: {
      readonly backend: Backend;
      readonly account: SimulatedAccount;
      readonly connection: Connection;
    },
  ) {
    this.#backend = backend;
    this.#account = account;
    this.#connection = connection;
  }

  /** Answers requests in order. An honest client waits for each answer. */
  receive(text: string): void {
    if (this.#inFlight > 0) {
      this.#backend.violations.push(
        `two requests in flight on one connection of "${this.#account.name}"`,
      );
    }
    this.#inFlight++;
    this.#last = this.#last.then(async () => {
      try {
        await this.#answer(text);
      } finally {
        this.#inFlight--;
      }
    });
  }

  async #answer(text: string): Promise<void> {
    const age = this.#backend.now() - this.#connection.openedAt;
    if (age >= this.#backend.sockets.connectionLimitMs) {
      return this.#connection.expire();
    }
    const frame = parseObject(text);
    if (frame?.type !== "response.create") {
      return this.#refuse(invalidRequest("Expected a response.create event"));
    }
    const turnState = turnStateOf(frame);
    this.#checkTurnState(turnState);
    const prewarm = frame.generate === false;
    const fault = prewarm
      ? this.#account.takeFault("prewarm")
      : this.#account.takeFault("turn", "message");
    if (fault !== undefined && isHeadFault(fault)) {
      if (!await this.#suffer(fault)) return;
    }
    const input = this.#inputOf(frame);
    if (!input.ok) return this.#refuse(input.error);
    const refused = prewarm
      ? undefined
      : admitTurn(this.#account, { body: frame, turnState });
    if (refused !== undefined) return this.#refuse(errorOfStatus(refused));

    const turn = prewarm
      ? { ...newResponse(this.#backend, frame, fault), output: [] }
      : beginTurn({
        backend: this.#backend,
        account: this.#account,
        body: frame,
        input: input.value,
        fault,
      });
    const extras = prewarm
      ? []
      : turnExtras(this.#backend, this.#account, turn, fault);
    const inputTokens = Math.ceil(text.length / 4);
    await this.#play(turn, { input: input.value, fault, extras, inputTokens });
  }

  async #play(
    turn: Turn,
    { input, fault, extras, inputTokens }: {
      readonly input: readonly JsonObject[];
      readonly fault: Fault | undefined;
      readonly extras: readonly TurnEvent[];
      readonly inputTokens: number;
    },
  ): Promise<void> {
    this.#latest = undefined;
    const items = turn.output.map(({ item }) => item);
    const latest = { id: turn.head.completedId, history: [...input, ...items] };
    // Set before `response.completed` is sent: the next request may follow
    // at once.
    const sink = new SocketSink(this.#connection, ({ type }) => {
      if (type === "response.completed") this.#latest = latest;
    });
    const shown = fault && (isStreamFault(fault) || isSocketFault(fault));
    const events = eventsOf(turn.head, turn.output, {
      inputTokens,
      extras,
      options: this.#backend.answers,
    });
    await play(events, {
      head: turn.head,
      fault: shown ? fault : undefined,
      sink,
    });
  }

  /** The whole history that the request continues, or why it is refused. */
  #inputOf(frame: JsonObject): Result<readonly JsonObject[], TurnEvent> {
    const {
      type: _,
      generate: __,
      previous_response_id: previous,
      ...body
    } = frame;
    const latest = this.#latest;
    if (typeof previous === "string" && latest?.id !== previous) {
      return err(previousResponseNotFound(previous));
    }
    const history = typeof previous === "string" ? latest?.history ?? [] : [];
    const checked = checkTurn({ stream: true, ...body }, {
      ownerKey: this.#account.ownerKey,
      models: this.#backend.models,
      plainForm: this.#backend.answers.plainForm,
      isLite: isLite(frame),
      history,
    });
    if (!checked.ok) return err(errorOf(checked.error));
    return ok([...history, ...checked.value]);
  }

  /** Carries out a head fault; true if the usual answer still follows. */
  async #suffer(fault: HeadFault): Promise<boolean> {
    switch (fault.kind) {
      case "slow_head":
        return await this.#connection.wire.pause(fault.ms);
      case "never_answer":
        await this.#connection.wire.pause(Infinity);
        return false;
      case "reset":
        this.#connection.reset();
        return false;
      case "coded":
        // Messages have no content coding.
        return true;
      case "status":
        this.#refuse(errorOfStatus(fault));
        return false;
    }
  }

  #refuse(event: TurnEvent): void {
    this.#latest = undefined;
    this.#connection.send(JSON.stringify(event));
  }

  #checkTurnState(state: string | undefined): void {
    if (state === undefined) return;
    if (ownerKeyOf(state) !== this.#account.ownerKey) {
      this.#backend.violations.push(
        `turn state of another account, sent by "${this.#account.name}"`,
      );
    }
  }
}

/** A frame has no headers: its metadata has them. */
function isLite(frame: JsonObject): boolean {
  const metadata = objectField(frame, "client_metadata") ?? {};
  const key = "ws_request_header_x_openai_internal_codex_responses_lite";
  return stringField(metadata, key) === "true";
}

function turnStateOf(frame: JsonObject): string | undefined {
  const metadata = objectField(frame, "client_metadata") ?? {};
  return stringField(metadata, "x-codex-turn-state");
}
