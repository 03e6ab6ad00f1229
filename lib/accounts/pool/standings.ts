/**
 * The standings of one account: for turns, and for each side route that has
 * failed, such as images, whose limits are separate.
 */

import { type Failure, subjectOf } from "../../failure/failure.ts";
import { Standing } from "./standing.ts";
import { SERVING, type Status } from "./status.ts";

export class Standings {
  readonly #turns = new Standing();
  readonly #sideRoutes = new Map<string, Standing>();

  /** For turns; for a side route, the stricter of the two. */
  status(now: number, sideRoute?: string): Status {
    const own = this.#turns.status(now);
    if (sideRoute === undefined || own.state === "invalid") return own;
    const side = this.#sideRoutes.get(sideRoute)?.status(now) ?? SERVING;
    return until(side) > until(own) ? side : own;
  }

  get isInvalid(): boolean {
    return this.#turns.isInvalid;
  }

  /** After a new sign-in. */
  clear(): void {
    this.#turns.clear();
    this.#sideRoutes.clear();
  }

  /** Another process has refreshed the login: only `invalid` ends. */
  revive(): void {
    if (this.#turns.isInvalid) this.#turns.clear();
  }

  succeeded(sideRoute?: string): void {
    const standing = sideRoute === undefined
      ? this.#turns
      : this.#sideRoutes.get(sideRoute);
    standing?.succeeded();
  }

  /** `sideRoute`: the one that the failure is about (`routeOf`), if any. */
  failed(
    failure: Failure,
    { now, startedAt, sideRoute }: {
      readonly now: number;
      readonly startedAt: number;
      readonly sideRoute: string | undefined;
    },
  ): void {
    const standing = sideRoute === undefined
      ? this.#turns
      : this.#at(sideRoute);
    standing.failed(failure, now, startedAt);
  }

  /** Ends all cooldowns. False: the account is invalid, and stays so. */
  wake(): boolean {
    this.#sideRoutes.clear();
    return this.#turns.wake();
  }

  #at(sideRoute: string): Standing {
    const known = this.#sideRoutes.get(sideRoute);
    if (known !== undefined) return known;
    const standing = new Standing();
    this.#sideRoutes.set(sideRoute, standing);
    return standing;
  }
}

/** The side route, if the failure says nothing about turns. */
export function routeOf(
  failure: Failure,
  sideRoute: string | undefined,
): string | undefined {
  // Turns need the access token, too.
  if (failure.kind === "not_refreshed") return undefined;
  const isOfRoute = failure.kind === "rate_limited" ||
    subjectOf(failure) === "service";
  return isOfRoute ? sideRoute : undefined;
}

function until(status: Status): number {
  switch (status.state) {
    case "serving":
      return -Infinity;
    case "cooling":
      return status.until;
    case "invalid":
      return Infinity;
  }
}
