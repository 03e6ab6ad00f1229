/**
 * The quota of one account: who may start a turn, what each turn takes, what is
 * shown of it now and what was shown some time ago.
 *
 * Knows neither accounts nor transports. The states are values (`state.ts`);
 * this class holds them, with the clock.
 */

import type { StatusFault } from "../faults/faults.ts";
import { type Figures, figuresOf } from "./figures.ts";
import { quotaRefusal } from "./headers.ts";
import { newState, type QuotaOptions } from "./options.ts";
import type { WindowOptions } from "./plans.ts";
import {
  type CreditRequest,
  creditToTake,
  type Redemption,
} from "./reset_credits.ts";
import {
  type Credits,
  hasCredits,
  isSpent,
  limitOfModel,
  type QuotaState,
  USUAL_LIMIT,
  type WindowChange,
  withWindows,
} from "./state.ts";
import { charged, newWindow, resetWindow, usedOf, withUsed } from "./window.ts";

/** What a request says of itself. */
export interface TurnRequest {
  readonly model: string | undefined;
  readonly turnState: string | undefined;
}

/** More turns than any test has under way; the oldest are forgotten. */
const MAX_TURNS = 10_000;
/** More changes than a page may lag behind; the oldest are forgotten. */
const MAX_STATES = 10_000;

export class SimulatedQuota {
  /** The page of usage shows what was true so long ago. */
  pageLagMs = 0;
  readonly #now: () => number;
  /** The latest last; never empty. */
  readonly #states: { readonly at: number; readonly state: QuotaState }[];
  /** Turn states of turns that were let in. */
  readonly #underWay = new Set<string>();

  constructor(
    options: QuotaOptions & { readonly plan: string },
    now: () => number,
  ) {
    this.#now = now;
    this.#states = [{ at: -Infinity, state: newState(options, now()) }];
  }

  /** What headers and events show. */
  figures(): Figures {
    return figuresOf(this.#state, this.#now());
  }

  /** What the page of usage shows. */
  pageFigures(): Figures {
    const at = this.#now() - this.pageLagMs;
    return figuresOf(this.#stateAt(at), at);
  }

  /**
   * Takes the cost of a request from the windows of its limit; gives the
   * refusal if the request may not start a turn. One that belongs to a turn
   * under way is always let in.
   */
  admit({ model, turnState }: TurnRequest): StatusFault | undefined {
    const now = this.#now();
    const limit = limitOfModel(this.#state, model);
    if (limit === undefined) return undefined;
    if (!isSpent(limit, now)) return void this.use(limit.id);
    // Credits pay for it, and the windows stay.
    if (hasCredits(this.#state)) return undefined;
    const isUnderWay = turnState !== undefined && this.#underWay.has(turnState);
    if (isUnderWay) return void this.use(limit.id);
    return quotaRefusal(this.figures(), { limit, now });
  }

  /** A request that was let in has been given this turn state. */
  handedOut(turnState: string): void {
    this.#underWay.add(turnState);
    if (this.#underWay.size <= MAX_TURNS) return;
    for (const oldest of this.#underWay) {
      this.#underWay.delete(oldest);
      return;
    }
  }

  /** Requests that the owner makes elsewhere. */
  use(limitId = USUAL_LIMIT, times = 1): void {
    const now = this.#now();
    this.#change((state) =>
      withWindows(state, (window) => charged(window, now, times), limitId)
    );
  }

  /** In percent, by position; windows that are not running start now. */
  setUsed(used: readonly number[], limitId = USUAL_LIMIT): void {
    const now = this.#now();
    const change: WindowChange = (window, place) => {
      const value = used[place];
      return value === undefined ? window : withUsed(window, value, now);
    };
    this.#change((state) => withWindows(state, change, limitId));
  }

  /** Percent points that each request takes from now on, by position. */
  setCosts(costs: readonly number[], limitId = USUAL_LIMIT): void {
    const change: WindowChange = (window, place) => ({
      ...window,
      cost: costs[place] ?? window.cost,
    });
    this.#change((state) => withWindows(state, change, limitId));
  }

  /** Other windows in place of those of a limit: windows come and go. */
  setWindows(windows: readonly WindowOptions[], limitId = USUAL_LIMIT): void {
    const now = this.#now();
    this.#change((state) => ({
      ...state,
      limits: state.limits.map((limit) =>
        limit.id === limitId
          ? { ...limit, windows: windows.map((one) => newWindow(one, now)) }
          : limit
      ),
    }));
  }

  setCredits(credits: Partial<Credits>): void {
    this.#change((state) => ({
      ...state,
      credits: { ...state.credits, ...credits },
    }));
  }

  /** Resets all windows off schedule; `keepAnchor`: their ends stay. */
  reset({ keepAnchor = false } = {}): void {
    this.#change((state) =>
      withWindows(state, (window) => resetWindow(window, keepAnchor))
    );
  }

  /** The person takes a reset. */
  redeem(
    request: CreditRequest,
  ): { readonly code: Redemption; readonly windowsReset: number } {
    const credit = creditToTake(this.#state.resetCredits, request);
    if (typeof credit === "string") return { code: credit, windowsReset: 0 };
    const windowsReset = this.#usedWindows();
    if (windowsReset === 0) return { code: "nothing_to_reset", windowsReset };

    this.reset();
    const redeemedBy = request.requestId;
    this.#change((state) => ({
      ...state,
      resetCredits: state.resetCredits?.map((one) =>
        one === credit ? { ...one, redeemedBy } : one
      ),
    }));
    return { code: "reset", windowsReset };
  }

  get resetCredits(): QuotaState["resetCredits"] {
    return this.#state.resetCredits;
  }

  get #state(): QuotaState {
    return this.#stateAt(Infinity);
  }

  #stateAt(at: number): QuotaState {
    const [oldest] = this.#states;
    const found = this.#states.findLast((one) => one.at <= at) ?? oldest;
    if (found === undefined) throw new Error("a quota without a state");
    return found.state;
  }

  #change(change: (state: QuotaState) => QuotaState): void {
    this.#states.push({ at: this.#now(), state: change(this.#state) });
    if (this.#states.length > MAX_STATES) this.#states.shift();
  }

  #usedWindows(): number {
    const now = this.#now();
    return this.#state.limits.flatMap(({ windows }) => windows)
      .filter((window) => usedOf(window, now) > 0).length;
  }
}
