/**
 * The calls of one answer, as parts of it, and how much of each has been sent
 * on.
 *
 * Parallel calls may interleave, so a call is found by its place in the output,
 * never as the latest one.
 */
import { type JsonObject, stringField } from "../../protocol/json.ts";
import type { AnswerPart } from "./answer_part.ts";
import type { CallKind } from "./calls.ts";
import type { Place } from "./place.ts";

type Parts = readonly AnswerPart[];

const NONE: Parts = [];

interface SentCall {
  readonly index: number;
  readonly of: CallKind;
}

export class SentCalls {
  readonly #names: ReadonlyMap<string, string>;
  readonly #byOutput = new Map<number, SentCall>();
  readonly #byItem = new Map<string, SentCall>();
  /** By index, the arguments so far. */
  readonly #sent: string[] = [];
  #chars = 0;

  /** `names`: by the names that upstream knows, the caller's. */
  constructor(names: ReadonlyMap<string, string>) {
    this.#names = names;
  }

  get count(): number {
    return this.#sent.length;
  }

  /** The length of all arguments so far. */
  get chars(): number {
    return this.#chars;
  }

  /** The call of this item; nothing if it is not one, or not new. */
  begins(item: JsonObject, place: Place): Parts {
    const of = kindOf(item);
    if (of === undefined || this.#find(place)) return NONE;
    const { index } = this.#add(place, of);
    const id = stringField(item, "call_id") ?? place.item ?? "";
    const short = stringField(item, "name") ?? "";
    return [{
      kind: "call",
      index,
      of,
      id,
      name: this.#names.get(short) ?? short,
    }];
  }

  /** A call that has not begun has no name yet; it comes at its end. */
  goesOn(place: Place, text: string | undefined): Parts {
    const call = this.#find(place);
    return call && text ? this.#more(call, text) : NONE;
  }

  /**
   * What of the whole text has not been sent: all of it for models that send no
   * deltas. Nothing if it is another text.
   */
  ends(place: Place, whole: string | undefined): Parts {
    const call = this.#find(place);
    const sent = call && this.#sent[call.index];
    return call && sent !== undefined && whole?.startsWith(sent) &&
        whole.length > sent.length
      ? this.#more(call, whole.slice(sent.length))
      : NONE;
  }

  #find({ output, item }: Place): SentCall | undefined {
    return (output === undefined ? undefined : this.#byOutput.get(output)) ??
      (item === undefined ? undefined : this.#byItem.get(item));
  }

  #add({ output, item }: Place, of: CallKind): SentCall {
    const call = { index: this.#sent.length, of };
    this.#sent.push("");
    if (output !== undefined) this.#byOutput.set(output, call);
    if (item !== undefined) this.#byItem.set(item, call);
    return call;
  }

  #more({ index, of }: SentCall, text: string): Parts {
    this.#sent[index] += text;
    this.#chars += text.length;
    return [{ kind: "arguments", index, of, text }];
  }
}

const KINDS: ReadonlyMap<string, CallKind> = new Map<string, CallKind>([
  ["function_call", "function"],
  ["custom_tool_call", "custom"],
]);

function kindOf(item: JsonObject): CallKind | undefined {
  return KINDS.get(stringField(item, "type") ?? "");
}
