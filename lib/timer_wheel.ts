/**
 * Holds the timers that are far from due, so that they cost next to nothing.
 *
 * A turn sets about six deadlines and cancels nearly all of them long before
 * they are due; a native timer for each is a large part of what a small turn
 * costs. A deadline that comes near becomes a native timer, so it is as exact
 * as that.
 */

import { type Listed, UnderWay } from "./under_way.ts";

export interface TimerWheelOptions {
  /** Milliseconds; must never go back. */
  readonly elapsed: () => number;
  /** A native timer. The result cancels it. */
  readonly after: (ms: number, task: () => void) => () => void;
}

/** Shorter timers are native from the start, in milliseconds. */
export const LONG_TIMER_MS = 1000;
/** Timers that are due in the same slot become native together. */
const SLOT_MS = 500;
/** `setTimeout` takes a longer time for none at all. */
const MAX_NATIVE_MS = 2 ** 31 - 1;

interface Held extends Listed {
  readonly dueAt: number;
  readonly task: () => void;
  readonly slot: number;
  /** Of the native timer that it has become. */
  cancel: (() => void) | undefined;
}

export class TimerWheel {
  readonly #options: TimerWheelOptions;
  /** By the slot's number; none is empty. */
  readonly #slots = new Map<number, UnderWay<Held>>();
  /** The slot that the one native timer of the wheel waits for. */
  #awaited = Infinity;
  #stopAwaiting = () => {};

  constructor(options: TimerWheelOptions) {
    this.#options = options;
  }

  /** Runs `task` once after `ms` milliseconds. The result cancels it. */
  after(ms: number, task: () => void): () => void {
    const { elapsed, after } = this.#options;
    if (!(ms >= LONG_TIMER_MS && ms < Infinity)) return after(ms, task);
    const dueAt = elapsed() + ms;
    const slot = Math.floor(dueAt / SLOT_MS);
    const held: Held = { dueAt, task, slot, place: 0, cancel: undefined };
    this.#in(slot).add(held);
    if (slot < this.#awaited) this.#await(slot);
    return () => this.#cancel(held);
  }

  #in(slot: number): UnderWay<Held> {
    const known = this.#slots.get(slot);
    if (known) return known;
    const made = new UnderWay<Held>();
    this.#slots.set(slot, made);
    return made;
  }

  #cancel(held: Held): void {
    if (held.cancel) return held.cancel();
    const slot = this.#slots.get(held.slot);
    if (!slot?.remove(held) || slot.size > 0) return;
    this.#slots.delete(held.slot);
    // With others left, the timer may come too early, and is set again then.
    if (this.#slots.size === 0) this.#await(Infinity);
  }

  #await(slot: number): void {
    const { elapsed, after } = this.#options;
    this.#stopAwaiting();
    this.#stopAwaiting = () => {};
    this.#awaited = slot;
    if (slot === Infinity) return;
    const wait = Math.ceil(slot * SLOT_MS - elapsed());
    this.#stopAwaiting = after(
      Math.min(Math.max(0, wait), MAX_NATIVE_MS),
      () => this.#look(),
    );
  }

  #look(): void {
    const { elapsed, after } = this.#options;
    const now = elapsed();
    let next = Infinity;
    for (const [number, slot] of this.#slots) {
      if (number * SLOT_MS > now) {
        next = Math.min(next, number);
        continue;
      }
      this.#slots.delete(number);
      for (const held of slot.all()) {
        const left = Math.max(0, Math.ceil(held.dueAt - now));
        held.cancel = after(left, held.task);
      }
    }
    this.#await(next);
  }
}
