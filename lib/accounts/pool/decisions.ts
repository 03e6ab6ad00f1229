/**
 * The latest decisions about accounts, to explain them and to make them again
 * with another policy. In memory only.
 */
import type { Decision, DecisionInput, Rule } from "../../policy/input.ts";
import { Counter } from "../../counter.ts";
import type { PoolState } from "../../failure/failure.ts";
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
  #total = 0;
  readonly rules: Counter<Rule> = new Counter(["owner"]);
  /** Turns that ended because no account was left, by the pool's state. */
  readonly refusals: Counter<PoolState["state"]> = new Counter([
    "empty",
    "paused",
    "spent",
    "busy",
  ]);

  /** Decisions since the start: the number of the latest one. */
  get total(): number {
    return this.#total;
  }

  /** Returns its number. */
  add(made: MadeDecision): number {
    this.#total++;
    const { rule } = made.decision;
    if (rule !== undefined) this.rules.add(rule);
    this.#made.push(made);
    this.#views += made.input.accounts.length;
    while (
      this.#made.length > MAX_DECISIONS || this.#views > MAX_DECISION_VIEWS
    ) {
      this.#views -= this.#made.shift()?.input.accounts.length ?? 0;
    }
    observer?.(made);
    return this.#total;
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
