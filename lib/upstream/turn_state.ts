/**
 * Turn states: values that upstream asks to get back within a turn, each good
 * only for the login it was issued to (docs/client.md, "Turn state").
 *
 * Remembers which login was given which value, so that a turn that moves to
 * another login does not carry it along. In memory only.
 */
import { node } from "../std/node.ts";
import type { Login } from "../accounts/pool/credential.ts";
import type { PreparedRequest } from "../downstream/prepared.ts";
import { MAX_TURN_STATE_CHARS, MAX_TURN_STATES } from "../limits.ts";
import { HEADER, type HeaderLine } from "../protocol/headers.ts";

export class TurnStates {
  readonly #owners = new Map<string, Login>();

  /** Remembers what an answer's headers have issued. */
  issued(headers: Headers, login: Login): void {
    const value = headers.get(HEADER.turnState);
    if (value !== null) this.remember(value, login);
  }

  remember(value: string, login: Login): void {
    const key = keyOf(value);
    this.#owners.delete(key);
    this.#owners.set(key, login);
    if (this.#owners.size <= MAX_TURN_STATES) return;
    for (const oldest of this.#owners.keys()) {
      this.#owners.delete(oldest);
      return;
    }
  }

  owns(value: string, login: Login): boolean {
    return this.#owners.get(keyOf(value)) === login;
  }

  /** The request without turn states of other logins. */
  forLogin(request: PreparedRequest, login: Login): PreparedRequest {
    const foreign = ([name, value]: HeaderLine) =>
      name === HEADER.turnState && !this.owns(value, login);
    return request.headers.some(foreign)
      ? {
        ...request,
        headers: request.headers.filter((line) => !foreign(line)),
      }
      : request;
  }
}

function keyOf(value: string): string {
  return value.length <= MAX_TURN_STATE_CHARS
    ? value
    : node().crypto.createHash("sha256").update(value).digest("base64");
}
