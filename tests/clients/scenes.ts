/**
 * What the gateway and its upstream are like for a test, and what upstream must
 * have seen afterwards.
 *
 * A case is named `T24 length`: it gets the scene of that name, or else that of
 * its number. What the client itself must see is in the clients' programs.
 */
import type { AnswerOptions } from "../../lib/simulator/model/answer_options.ts";
import {
  cutAfter,
  pacedDeltas,
  responseFailed,
  responseIncomplete,
} from "../../lib/simulator/faults/faults.ts";
import type { Fault } from "../../lib/simulator/faults/faults.ts";
import { rateLimitExceeded } from "../../lib/simulator/faults/refusals.ts";
import { spentForAnHour } from "../support/faults.ts";
import type { TestGateway, TestOptions } from "../support/gateway.ts";
import {
  abortedWithoutBlame,
  countsTurns,
  droppedParameters,
  easyInput,
  nothingAsked,
  oneSession,
  otherForm,
  pictureAndPaper,
  sameUsage,
  shortName,
  systemIsDeveloper,
} from "./seen.ts";
import { turnsOf } from "../e2e/support/secrets.ts";

export interface Scene {
  readonly options?: TestOptions;
  readonly answers?: Partial<AnswerOptions>;
  readonly prepare?: (test: TestGateway) => void;
  /** Throws if upstream saw something else; `saw` is what the client tells. */
  readonly judge?: (test: TestGateway, saw: unknown) => void | Promise<void>;
}

/** Events before the second delta of a turn's text. */
const IN_CONTENT = 5;
/** Events before the first item. */
const BEFORE_CONTENT = 2;

const TWO: TestOptions = { accounts: ["a", "b"] };

const SCENES: Readonly<Record<string, Scene>> = {
  "T1": {
    answers: { finalOutput: "whole", privateEvents: "none" },
    judge: sameUsage,
  },
  "T2": { answers: { finalOutput: "empty" }, judge: sameUsage },
  "T3": { answers: { finalOutput: "empty", privateEvents: "all" } },
  "T6": { judge: easyInput },
  "T7": { judge: droppedParameters },
  "T9": { judge: nothingAsked },
  "T13": { judge: both(systemIsDeveloper, sameUsage) },
  "T14 stream with usage": { judge: sameUsage },
  "T18": { answers: { callDeltas: "none" } },
  "T19": { answers: { callDeltas: "interleaved" } },
  "T20": { judge: countsTurns(2) },
  "T22": { judge: pictureAndPaper },
  "T24 length": faulty(responseIncomplete("max_output_tokens", IN_CONTENT)),
  "T24 content_filter": faulty(
    responseIncomplete("content_filter", IN_CONTENT),
  ),
  "T25": faulty(responseFailed("server_error", "boom", IN_CONTENT)),
  "T26": faulty(cutAfter(IN_CONTENT)),
  "T27": faulty(responseFailed("server_error", "boom", IN_CONTENT)),
  "T27 failed before content": faulty(
    responseFailed("server_error", "boom", BEFORE_CONTENT),
  ),
  "T29": { judge: shortName },
  "T36": {
    prepare: everywhere(
      pacedDeltas({ count: 600, intervalMs: 50, sizeBytes: 20 }),
    ),
    judge: abortedWithoutBlame,
  },
  "T37": {
    options: TWO,
    prepare: (test) => everywhere(spentForAnHour())(test),
  },
  "T38": { prepare: everywhere(rateLimitExceeded(3), 1) },
  "T39": { options: { accounts: [] } },
  "T40": { options: TWO, judge: oneSession },
  "T41": { options: TWO, prepare: tenFailures },
  "T44": { options: { websockets: true } },
  "T45": {
    // There the plain form is tried first.
    options: { flags: ["--fingerprint-mode=passthrough"] },
    answers: { plainForm: "not_found" },
    judge: otherForm,
  },
};

/** The scene of a case; nothing special if its test has none. */
export function sceneOf(name: string): Scene {
  const [test = ""] = name.split(" ", 1);
  return SCENES[name] ?? SCENES[test] ?? {};
}

/** All turns of all accounts go wrong in the same way. */
function faulty(fault: Fault): Scene {
  return { prepare: everywhere(fault) };
}

function everywhere(fault: Fault, times = Infinity) {
  return ({ simulator }: TestGateway): void => {
    for (const account of simulator.accounts) account.fault(fault, times);
  };
}

/** The first ten turns fail under way, whichever accounts they meet. */
function tenFailures(test: TestGateway): void {
  const { simulator } = test;
  everywhere(responseFailed("server_error", "boom", IN_CONTENT))(test);
  const over = () =>
    turnsOf(simulator).filter((turn) => turn.finished || turn.aborted).length;
  simulator.waitFor(() => over() >= 10, 60_000).then(
    () => simulator.clearFaults(),
    // The client has failed before, and says how.
    () => {},
  );
}

function both(...judges: readonly NonNullable<Scene["judge"]>[]) {
  return async (test: TestGateway, saw: unknown): Promise<void> => {
    for (const judge of judges) await judge(test, saw);
  };
}
