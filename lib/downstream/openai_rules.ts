/**
 * The rules for an SDK caller's body that do not depend on the account: edits of
 * top-level members, and the form of the answer.
 *
 * What the backend would refuse is mended in both modes, and the session gets
 * its key. Only normalize mode adds `parallel_tool_calls`. Does not apply the
 * edits.
 */
import { MAX_VALUES } from "../limits.ts";
import {
  type JsonText,
  memberOf,
  type ObjectScan,
  valueText,
} from "../protocol/json_edit.ts";
import { hasMoreValues } from "../protocol/json_skip.ts";
import { err, ok, type Result } from "../result.ts";
import type { AnswerForm } from "./openai/answer_writer.ts";
import type { Refusal } from "./openai/refusal.ts";
import { responsesAnswer } from "./openai/responses_answer.ts";
import { responsesEdits } from "./openai/responses_request.ts";
import type { Endpoint } from "./prepared.ts";

export interface OpenaiBody {
  readonly endpoint: Endpoint;
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly scan: ObjectScan;
  /** The body is the frame of a websocket. */
  readonly isFrame: boolean;
  /** The caller speaks another API, whose answers hold no items. */
  readonly isTranslated: boolean;
  readonly normalize: boolean;
  readonly model: string | undefined;
  /** For a body without `prompt_cache_key`. */
  readonly sessionId: string | undefined;
  /** As the models snapshot has it for this body's model. */
  readonly parallelToolCalls: () => Promise<boolean | undefined>;
}

export interface OpenaiRules {
  /** Per key the JSON to set, or undefined to remove it. */
  readonly edits: ReadonlyMap<string, JsonText | undefined>;
  readonly ignored: readonly string[];
  /** Undefined if the caller gets upstream's bytes. */
  readonly answer: AnswerForm | undefined;
  readonly isTurn: boolean;
}

export async function openaiRules(
  body: OpenaiBody,
): Promise<Result<OpenaiRules, Refusal>> {
  const turn = body.endpoint === "responses" ? turnRules(body) : ok(NO_RULES);
  if (!turn.ok || !body.normalize) return turn;
  if (!body.endpoint.startsWith("responses")) return turn;
  if (memberOf(body.scan, "parallel_tool_calls")) return turn;

  const parallel = await body.parallelToolCalls();
  if (parallel === undefined) return turn;
  const edits = new Map(turn.value.edits);
  return ok({
    ...turn.value,
    edits: edits.set("parallel_tool_calls", String(parallel)),
  });
}

const NO_RULES: OpenaiRules = {
  edits: new Map(),
  ignored: [],
  answer: undefined,
  isTurn: false,
};

const TOO_MANY: Refusal = {
  code: "invalid_value",
  param: "input",
  message: `Request body has more than ${MAX_VALUES} values.`,
};

/** A websocket has frames of other types, too. */
function isTurnFrame(bytes: Uint8Array, scan: ObjectScan): boolean {
  const type = memberOf(scan, "type");
  return type !== undefined && valueText(bytes, type) === '"response.create"';
}

function turnRules(
  { bytes, scan, isFrame, isTranslated, model, sessionId }: OpenaiBody,
): Result<OpenaiRules, Refusal> {
  if (isFrame && !isTurnFrame(bytes, scan)) return ok(NO_RULES);
  if (hasMoreValues(bytes, MAX_VALUES)) return err(TOO_MANY);
  const read = responsesEdits({
    bytes,
    scan,
    keepsResponses: isFrame,
    getsItems: !isTranslated,
  });
  if (!read.ok) return read;
  const { ignored, wantsEvents } = read.value;
  const edits = new Map(read.value.edits);
  if (sessionId !== undefined && !memberOf(scan, "prompt_cache_key")) {
    edits.set("prompt_cache_key", JSON.stringify(sessionId));
  }
  const answer = isFrame
    ? undefined
    : responsesAnswer({ wantsEvents, model: model ?? "" });
  return ok({ edits, ignored, answer, isTurn: true });
}
