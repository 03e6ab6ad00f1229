/**
 * Turn states: values upstream asks to be given back within a turn, each good
 * for the account it was issued to and no other (C7).
 *
 * Remembers who was given which value, so that a turn that moved to another
 * account does not carry it along. In memory only.
 */
import type { PreparedRequest } from "../downstream/prepared.ts";

const HEADER = "x-codex-turn-state";
const MAX_VALUES = 10_000;

export class TurnStates {
  readonly #owners = new Map<string, string>();

  /** Remembers what an answer's headers have issued. */
  issued(headers: Headers, accountId: string): void {
    const value = headers.get(HEADER);
    if (value !== null) this.remember(value, accountId);
  }

  remember(value: string, accountId: string): void {
    this.#owners.delete(value);
    this.#owners.set(value, accountId);
    if (this.#owners.size <= MAX_VALUES) return;
    for (const oldest of this.#owners.keys()) {
      this.#owners.delete(oldest);
      return;
    }
  }

  owns(value: string, accountId: string): boolean {
    return this.#owners.get(value) === accountId;
  }

  /** The request as this account may be sent it. */
  forAccount(request: PreparedRequest, accountId: string): PreparedRequest {
    const foreign = ([name, value]: readonly [string, string]) =>
      name === HEADER && !this.owns(value, accountId);
    return request.headers.some(foreign)
      ? {
        ...request,
        headers: request.headers.filter((line) => !foreign(line)),
      }
      : request;
  }
}
