/** Scripts about connections, over both transports: broken, silent, shared. */
import {
  connectionReset,
  cutAfter,
  errorEvent,
  neverAnswers,
  silenceAfter,
} from "../../simulator/faults/faults.ts";
import { isWhole, lastType } from "./answer.ts";
import { UPGRADE } from "./caller.ts";
import type { Script } from "./stage.ts";

/** After this many events, the caller has seen a part of the answer. */
const SHOWN = 4;

const SPENT = {
  type: "usage_limit_reached",
  message: "The usage limit has been reached",
  resets_in_seconds: 3600,
};

export const WIRE_SCRIPTS: readonly Script[] = [
  {
    name: "a broken connection is retried and cools down no account",
    play: async (stage) => {
      const { caller, first } = stage;
      first.fault(connectionReset());
      return {
        "the answer is whole": isWhole(await caller.turn()),
        "the same account gave it": first.turns === 1,
        "it does not cool down": stage.blocked(first) === "serving",
      };
    },
  },
  {
    name: "silence before an answer moves the turn on",
    timeouts: { headersMs: 200 },
    play: async ({ caller, first, second }) => {
      first.fault(neverAnswers());
      return {
        "the answer is whole": isWhole(await caller.turn()),
        "the second account gave it": second.turns === 1,
      };
    },
  },
  {
    name: "a stream that is cut ends in an event that says so",
    play: async (stage) => {
      const { caller, first } = stage;
      first.fault(cutAfter(SHOWN));
      const { events } = await caller.turn();
      return {
        "the last event is a failure": lastType(events) === "response.failed",
        "the account does not cool down": stage.blocked(first) === "serving",
      };
    },
  },
  {
    name: "a stream that falls silent is ended",
    timeouts: { idleMs: 200 },
    play: async ({ caller, first }) => {
      first.fault(silenceAfter(SHOWN));
      const { events } = await caller.turn();
      return {
        "the last event is a failure": lastType(events) === "response.failed",
      };
    },
  },
  {
    name: "two turns share one websocket",
    play: async ({ caller, first, simulator }) => {
      const answers = await caller.socketTurns(2);
      return {
        "both answers are whole": answers.every(isWhole),
        "one account gave them": first.turns === 2,
        "over one connection": simulator.connections.length === 1,
      };
    },
  },
  {
    name: "a turn on a websocket moves to the next account",
    play: async ({ caller, first, second }) => {
      first.fault(errorEvent(SPENT, { status: 429, after: 0 }));
      const answers = await caller.socketTurns(1);
      return {
        "the answer is whole and begins once": answers.every(isWhole),
        "the second account gave it": second.turns === 1,
      };
    },
  },
  {
    name: "without websockets upstream, Codex is told to use streams",
    play: async ({ caller, simulator }) => {
      simulator.websockets = false;
      return {
        "the handshake is answered with 426":
          await caller.status("/v1/responses", UPGRADE) === 426,
        "a streamed turn works": isWhole(await caller.turn()),
      };
    },
  },
];
