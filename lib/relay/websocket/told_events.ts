/**
 * What a websocket caller is told of upstream's events within a turn: each in
 * its dialect, no end twice, and the pool's limits once.
 *
 * Sends nothing, and judges no event.
 */
import type { TurnEvent } from "../../downstream/openai/answer_writer.ts";
import { ResponsesEvents } from "../../downstream/openai/responses_events.ts";
import type { PreparedRequest } from "../../downstream/prepared.ts";
import type { PoolLimits } from "../../downstream/pool_limits.ts";

export class ToldEvents {
  readonly #dialect: PreparedRequest["dialect"];
  readonly #poolLimits: PoolLimits;
  /** The events of the turn at hand, or of the last one, for an SDK caller. */
  #events: ResponsesEvents | undefined;
  #isUnheard = true;
  #hasLimits = false;
  /** Id of the response that ended last. */
  #ended: string | undefined;

  constructor(dialect: PreparedRequest["dialect"], poolLimits: PoolLimits) {
    this.#dialect = dialect;
    this.#poolLimits = poolLimits;
    this.begin();
  }

  /** A turn is sent to upstream, perhaps once more. */
  begin(): void {
    this.#hasLimits = false;
    this.#isUnheard = true;
    this.#events = this.#dialect === "openai"
      ? new ResponsesEvents()
      : undefined;
  }

  /** Whether the caller has had no event of the turn at hand. */
  get isUnheard(): boolean {
    return this.#isUnheard;
  }

  /** Whether the events of a turn are more than an SDK caller may get. */
  get isFull(): boolean {
    return this.#events?.isFull ?? false;
  }

  /**
   * Whether an event ends the response that has ended already: the caller would
   * take that for the end of its next turn. `ends`: the id in the event.
   */
  isSecondEnd(ends: string | undefined): boolean {
    if (ends === undefined) return false;
    if (ends === this.#ended) return true;
    this.#ended = ends;
    return false;
  }

  /** The event as the caller may have it; undefined for none. */
  shown(event: TurnEvent): TurnEvent | undefined {
    const shown = this.#events === undefined ? event : this.#events.next(event);
    if (shown !== undefined && !this.isFull) this.#isUnheard = false;
    return shown;
  }

  /**
   * The pool's limits in place of an account's, once in a turn: the client
   * would warn of a limit that its next turn does not meet.
   */
  limits(): string | undefined {
    if (this.#hasLimits || this.#dialect !== "codex") return undefined;
    const text = this.#poolLimits.event();
    this.#hasLimits = text !== undefined;
    return text;
  }
}
