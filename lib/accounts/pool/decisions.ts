/**
 * The latest decisions about accounts, to explain them and to make them again
 * with another policy. In memory only.
 */
import type { Decision, DecisionInput, Rule } from "../../policy/input.ts";
import { Counter } from "../../counter.ts";
import { MAX_DECISION_VIEWS, MAX_DECISIONS } from "../../limits.ts";

export interface MadeDecision {
  readonly input: DecisionInput;
  readonly decision: Decision;
  /** The beginning of the session's hash; undefined without a session. */
  readonly session: string | undefined;
}

export class Decisions {
  /** Oldest first. */
  readonly #made: MadeDecision[] = [];
  #views = 0;
  readonly rules: Counter<Rule> = new Counter(["owner"]);
  /** Turns for which there was no account. */
  #refused = 0;

  add(made: MadeDecision): void {
    const { rule } = made.decision;
    if (rule === undefined) this.#refused++;
    else this.rules.add(rule);
    this.#made.push(made);
    this.#views += made.input.accounts.length;
    while (
      this.#made.length > MAX_DECISIONS || this.#views > MAX_DECISION_VIEWS
    ) {
      this.#views -= this.#made.shift()?.input.accounts.length ?? 0;
    }
    observer?.(made);
  }

  get refused(): number {
    return this.#refused;
  }

  /** The latest `count`, oldest first. */
  latest(count: number): readonly MadeDecision[] {
    return count > 0 ? this.#made.slice(-count) : [];
  }
}

let observer: ((made: MadeDecision) => void) | undefined;

/** For tests: is told of every decision of this process. */
export function observeDecisions(
  observe: ((made: MadeDecision) => void) | undefined,
): void {
  observer = observe;
}
