/**
 * The turns under way and the latest that have ended, for a person to watch. In
 * memory only.
 *
 * Holds names and numbers: never a prompt, an answer, a tool's name or a path.
 */
import type { Moved } from "../accounts/pool/moved.ts";
import type { Failure } from "../failure/failure.ts";
import { MAX_RECENT_TURNS } from "../limits.ts";
import type { Rule } from "../policy/input.ts";
import { type Listed, UnderWay } from "../under_way.ts";
import type { Usage } from "../usage/figures.ts";
import type { Transport, TurnOutcome } from "./turn_counts.ts";

export interface RecentTurn {
  /** How log lines name it. */
  readonly request: string;
  /** Milliseconds since the epoch. */
  readonly startedAt: number;
  /** As its caller wrote it, cut. */
  readonly model: string;
  readonly transport: Transport;
  /** The id of the account that was asked last. */
  readonly account: string | undefined;
  readonly label: string | undefined;
  /** Why that account was chosen. */
  readonly rule: Rule | undefined;
  /** The number of the decision that chose it, since the start. */
  readonly decision: number | undefined;
  /** Undefined if it is where its session was, or has none. */
  readonly moved: Moved | undefined;
  readonly attempts: number;
  readonly firstEventMs: number | undefined;
  /** Undefined until upstream tells it, at the end of the turn. */
  readonly usage: Usage | undefined;
  /** This and what follows: undefined while it is under way. */
  readonly outcome?: TurnOutcome | undefined;
  readonly failure?: Failure["kind"] | undefined;
  /** How long it took. */
  readonly ms?: number | undefined;
}

/** A turn that can tell at any time how it stands. */
export interface ShownTurn extends Listed {
  readonly shown: RecentTurn;
  /** Counts from the start of the gateway; written by `RecentTurns.began`. */
  number: number;
}

/** A turn with its number, which counts from the start of the gateway. */
export type NumberedTurn = readonly [number: number, turn: RecentTurn];

export class RecentTurns {
  readonly #open = new UnderWay<ShownTurn>();
  /** Those that ended first come first. */
  readonly #ended: NumberedTurn[] = [];
  #total = 0;

  began(turn: ShownTurn): void {
    turn.number = ++this.#total;
    this.#open.add(turn);
  }

  ended(turn: ShownTurn): void {
    if (!this.#open.remove(turn)) return;
    this.#ended.push([turn.number, turn.shown]);
    if (this.#ended.length > MAX_RECENT_TURNS) this.#ended.shift();
  }

  /** Those under way, the oldest first. Each read makes new ones. */
  get open(): readonly NumberedTurn[] {
    return this.#open.all().toSorted((a, b) => a.number - b.number)
      .map((turn) => [turn.number, turn.shown]);
  }

  /** The latest that have ended, the oldest first. They do not change. */
  get latest(): readonly NumberedTurn[] {
    return this.#ended;
  }
}
