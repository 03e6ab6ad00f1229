/**
 * The calls of a conversation and their outputs: each output belongs to an
 * earlier call, and each call has its output before the conversation goes on.
 */
import { cut } from "../../protocol/quote.ts";
import { ok } from "../../result.ts";
import { type Read, refuse } from "./refusal.ts";

/** Whose call it is: an output must be of the same kind. */
export type CallKind = "function" | "custom";

export class Calls {
  readonly #kinds = new Map<string, CallKind>();
  /** Calls without an output, by id: the place of their message. */
  readonly #open = new Map<string, number>();
  /** The latest call of each name by a caller that gives no ids. */
  readonly #latest = new Map<string, string>();
  #unnamed = 0;

  /** `at`: the place of the assistant message with the call. */
  made(id: string, kind: CallKind, at: number): void {
    this.#kinds.set(id, kind);
    this.#open.set(id, at);
  }

  /** A call in the old form, which has no id; returns the one it gets. */
  madeByName(name: string, at: number): string {
    const id = `call_fn_${++this.#unnamed}`;
    this.#latest.set(name, id);
    this.made(id, "function", at);
    return id;
  }

  /** The kind of the call that this output belongs to; undefined: none. */
  answered(id: string): CallKind | undefined {
    this.#open.delete(id);
    return this.#kinds.get(id);
  }

  /** The id of the latest call in the old form; undefined: none. */
  answeredByName(name: string): string | undefined {
    const id = this.#latest.get(name);
    if (id !== undefined) this.#open.delete(id);
    return id;
  }

  /** Refuses calls without an output. */
  allAnswered(): Read<undefined> {
    const [first] = this.#open.values();
    if (first === undefined) return ok(undefined);
    const ids = cut([...this.#open.keys()].join(", "));
    return refuse({
      code: null,
      param: `messages[${first}]`,
      message:
        "An assistant message with 'tool_calls' must be followed by tool " +
        "messages responding to each 'tool_call_id'. The following " +
        `tool_call_ids did not have response messages: ${ids}`,
    });
  }
}
