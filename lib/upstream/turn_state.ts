/**
 * Turn states: values upstream asks to be given back within a turn, each good
 * for the login it was issued to and no other (C7).
 *
 * Remembers who was given which value, so that a turn that moved to another
 * login does not carry it along. In memory only.
 */
import type { Login } from "../accounts/login.ts";
import type { PreparedRequest } from "../downstream/prepared.ts";

const HEADER = "x-codex-turn-state";
const MAX_VALUES = 10_000;

export class TurnStates {
  readonly #owners = new Map<string, Login>();

  /** Remembers what an answer's headers have issued. */
  issued(headers: Headers, login: Login): void {
    const value = headers.get(HEADER);
    if (value !== null) this.remember(value, login);
  }

  remember(value: string, login: Login): void {
    this.#owners.delete(value);
    this.#owners.set(value, login);
    if (this.#owners.size <= MAX_VALUES) return;
    for (const oldest of this.#owners.keys()) {
      this.#owners.delete(oldest);
      return;
    }
  }

  owns(value: string, login: Login): boolean {
    return this.#owners.get(value) === login;
  }

  /** The request as this login may be sent it. */
  forLogin(request: PreparedRequest, login: Login): PreparedRequest {
    const foreign = ([name, value]: readonly [string, string]) =>
      name === HEADER && !this.owns(value, login);
    return request.headers.some(foreign)
      ? {
        ...request,
        headers: request.headers.filter((line) => !foreign(line)),
      }
      : request;
  }
}
