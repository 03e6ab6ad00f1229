/**
 * A turn of a caller, and what accounts have said to each attempt of it.
 *
 * Shared by the caller, who judges what it got, and the upstream, which finds
 * the turn by a mark in its prompt.
 */
import type { Blame } from "./faults/fault.ts";
import type { Speech } from "./speech.ts";

/** Begins every prompt; must never be seen in a log. */
export const PROMPT_MARK = "chaosprompt";

/** One attempt, as upstream sees it. */
export interface AskedOnce {
  readonly account: string;
  readonly fault: string;
  readonly blame: Blame;
  readonly speech: Speech;
  /** The status it was answered, where it was. */
  status: number | undefined;
}

/** A handshake, as upstream sees it. */
export type Shaken = Pick<AskedOnce, "account" | "fault" | "blame">;

export class Turn {
  readonly id: string;
  readonly seed: number;
  readonly prompt: string;
  /** Names its handshakes, where it goes over a websocket. */
  readonly session: string;
  readonly startedAt = Date.now();
  /** Handshakes that were asked for meanwhile. */
  readonly shaken: Shaken[] = [];
  readonly attempts: AskedOnce[] = [];
  /** What upstream found wrong in what it was sent. */
  readonly problems: string[] = [];

  constructor(
    id: string,
    about: {
      readonly seed: number;
      readonly prompt: string;
      readonly session: string;
    },
  ) {
    this.id = id;
    this.seed = about.seed;
    this.session = about.session;
    this.prompt = `${PROMPT_MARK}:${id}: ${about.prompt}`;
  }

  /** For a person: who was asked, and what came. */
  story(): string {
    const asked = this.attempts.map(({ account, fault }) =>
      `${account} ${fault}`
    );
    const hands = this.shaken.length === 0
      ? ""
      : `, handshakes ${
        this.shaken.map(({ account, fault }) => `${account} ${fault}`)
          .join(", ")
      }`;
    return (asked.join(", then ") || "nobody was asked") + hands;
  }
}

/** The turns that are open, by their ids. */
export class TurnBook {
  readonly #turns = new Map<string, Turn>();

  open(turn: Turn): void {
    this.#turns.set(turn.id, turn);
  }

  close(turn: Turn): void {
    this.#turns.delete(turn.id);
  }

  shaken(session: string, shaken: Shaken): void {
    for (const turn of this.#turns.values()) {
      if (turn.session === session) turn.shaken.push(shaken);
    }
  }

  /** The turn whose prompt is in this text; undefined once it is over. */
  find(text: string): Turn | undefined {
    const [, id = ""] = MARK.exec(text) ?? [];
    return this.#turns.get(id);
  }
}

const MARK = new RegExp(`${PROMPT_MARK}:([\\w.-]+):`);
