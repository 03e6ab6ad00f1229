/**
 * Refusals that come as events, inside an answer that began well, before or
 * behind its first content. The same over both transports.
 */
import type { Random } from "../../support/random.ts";
import type { Speech, SpokenEvent } from "../speech.ts";
import type { Blame } from "./fault.ts";
import { contents, failed, incomplete, preamble } from "./script.ts";

export interface InsideFault {
  readonly name: string;
  readonly blame: Blame;
  readonly end: (speech: Speech) => SpokenEvent;
}

const ENDS: readonly InsideFault[] = [
  {
    name: "a quota",
    blame: "account",
    end: (speech) => failed(speech, "usage_limit_reached"),
  },
  {
    name: "a limit with a pause",
    blame: "account",
    end: (speech) =>
      failed(speech, "rate_limit_exceeded", "Please try again in 1.5s"),
  },
  {
    name: "an overload",
    blame: "edge",
    end: (speech) => failed(speech, "server_is_overloaded"),
  },
  {
    name: "slow_down",
    blame: "account",
    end: (speech) => failed(speech, "slow_down"),
  },
  {
    name: "a server error",
    blame: "edge",
    end: (speech) => failed(speech, "server_error"),
  },
  {
    name: "an unknown failure",
    blame: "edge",
    end: (speech) => failed(speech, "something_new"),
  },
  {
    name: "a failure of the request",
    blame: "request",
    end: (speech) => failed(speech, "invalid_prompt"),
  },
  {
    name: "an error event",
    blame: "account",
    end: (speech) =>
      speech.event("error", {
        status: 429,
        error: { type: "usage_limit_reached", resets_in_seconds: 10 },
      }),
  },
  {
    name: "an error event without a status",
    blame: "edge",
    end: (speech) => speech.event("error", { error: { message: "no" } }),
  },
  {
    name: "cut short by its length",
    blame: "nothing",
    end: (speech) => incomplete(speech, { reason: "max_output_tokens" }),
  },
  {
    name: "cut short by a limit",
    blame: "account",
    end: (speech) => incomplete(speech, { reason: "usage_limit_reached" }),
  },
];

/** Each before content, and behind it. */
export const INSIDE_FAULTS: readonly (InsideFault & {
  readonly events: (
    speech: Speech,
    random: Random,
  ) => Generator<SpokenEvent, void>;
})[] = ENDS.flatMap((fault) => [
  {
    ...fault,
    name: `${fault.name}, at once`,
    *events(speech: Speech) {
      yield* preamble(speech);
      yield fault.end(speech);
    },
  },
  {
    ...fault,
    name: `${fault.name}, behind content`,
    *events(speech: Speech, random: Random) {
      yield* preamble(speech);
      yield* contents(speech, random);
      yield fault.end(speech);
    },
  },
]);
