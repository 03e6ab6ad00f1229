/**
 * Where answers of the real backend differ from turn to turn or from model to
 * model: what a test chooses.
 */

export interface AnswerOptions {
  /**
   * `output` of the response that ends a turn well. Default: `empty`, as users
   * report it of the real backend.
   */
  readonly finalOutput: "empty" | "whole" | "missing";
  /**
   * Deltas of a call's arguments: one call after the other, of parallel calls in
   * turn, or none. Default: `usual`.
   */
  readonly callDeltas: "usual" | "interleaved" | "none";
  /**
   * Turns over server-sent events that contain events of the official client's
   * own. Default: `some`, which is every third turn of an account.
   */
  readonly privateEvents: "some" | "all" | "none";
  /**
   * Whether lite models are found by requests without the lite header. Default:
   * `found`. Users report both.
   */
  readonly plainForm: "found" | "not_found";
  /**
   * Whether `tool_choice: "required"` makes the model call a function where the
   * prompt asks for none. Default: `held`. What the backend does is not known.
   */
  readonly toolChoice: "held" | "ignored";
}

export const USUAL_ANSWERS: AnswerOptions = {
  finalOutput: "empty",
  callDeltas: "usual",
  privateEvents: "some",
  plainForm: "found",
  toolChoice: "held",
};
