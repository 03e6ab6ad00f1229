/** An account: what upstream counts, and what the gateway knows of that. */
import type { AccountView } from "../../lib/policy/input.ts";
import type { Window } from "../../lib/quota/quota.ts";
import { Meter } from "./meter.ts";
import { HOUR, WEEK } from "./time.ts";

/** Allowances in weeks of a plus account. */
export interface Plan {
  readonly week: number;
  /** In five hours; undefined if nothing limits them. */
  readonly short: number | undefined;
}

const SHORT = 5 * HOUR;

/** Times are milliseconds since the year began. */
export class Account {
  readonly id: string;
  readonly plan: Plan;
  readonly week: Meter;
  readonly #meters: readonly Meter[];
  #windows: readonly Window[] = [];
  #inFlight = 0;
  #lastSelectedAt: number | undefined;
  #blockedUntil = 0;

  constructor(id: string, plan: Plan) {
    this.id = id;
    this.plan = plan;
    this.week = new Meter({ allowance: plan.week, length: WEEK });
    const short = plan.short === undefined
      ? []
      : [new Meter({ allowance: plan.short, length: SHORT })];
    this.#meters = [...short, this.week];
  }

  /** Upstream refuses a request while a window is spent. */
  isRefused(now: number): boolean {
    return this.#meters.some((meter) => meter.isSpent(now));
  }

  /** A refused account stays out until the reset that upstream names. */
  refuse(now: number): void {
    const ends = this.#meters.filter((meter) => meter.isSpent(now))
      .map(({ endsAt = now }) => endsAt);
    this.#blockedUntil = Math.max(now, ...ends);
    this.look(now);
  }

  /** The windows that are not running begin with it. */
  begin(now: number): void {
    for (const meter of this.#meters) meter.charge(now, 0);
    this.#inFlight++;
    this.#lastSelectedAt = now;
    this.look(now);
  }

  end(now: number, cost: number): void {
    this.#inFlight--;
    for (const meter of this.#meters) meter.charge(now, cost);
    this.look(now);
  }

  /** Every answer tells of the windows. */
  look(now: number): void {
    this.#windows = this.#meters.map((meter) => meter.reading(now));
  }

  view(now: number): AccountView {
    const isBlocked = now < this.#blockedUntil;
    return {
      id: this.id,
      readiness: isBlocked ? "away" : "ready",
      why: isBlocked ? "quota_exhausted" : undefined,
      until: isBlocked ? this.#blockedUntil : undefined,
      inFlight: this.#inFlight,
      lastSelectedAt: this.#lastSelectedAt,
      windows: this.#windows,
      hasCredits: false,
      weight: this.plan.week,
      paused: false,
      priority: 0,
      keep: 0,
    };
  }
}
