/**
 * The forms in which one request may be sent. Each is made once, and only when
 * an attempt needs it. Does not decide which one that is (`attempt.ts` does).
 */
import type { PreparedRequest } from "../downstream/prepared.ts";
import { withoutReasoning } from "../downstream/reasoning.ts";
import type { Variant } from "./attempt.ts";

export class Variants {
  readonly #own: PreparedRequest;
  #other: PreparedRequest | undefined;
  /** Undefined where there is no reasoning to leave out. */
  #lighter: Map<PreparedRequest, PreparedRequest | undefined> | undefined;

  constructor(own: PreparedRequest) {
    this.#own = own;
  }

  of({ light, otherForm }: Variant): PreparedRequest {
    const whole = otherForm ? this.#inOtherForm : this.#own;
    return light ? this.#lightened(whole) ?? whole : whole;
  }

  /** Whether the request has encrypted reasoning to leave out. */
  get canLighten(): boolean {
    return this.#lightened(this.#own) !== undefined;
  }

  get #inOtherForm(): PreparedRequest {
    return this.#other ??= this.#own.form?.other?.() ?? this.#own;
  }

  #lightened(whole: PreparedRequest): PreparedRequest | undefined {
    const made = this.#lighter ??= new Map();
    if (!made.has(whole)) made.set(whole, withoutReasoning(whole));
    return made.get(whole);
  }
}
