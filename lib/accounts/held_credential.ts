/**
 * The access token that an account works with, and the login it is of. One that
 * upstream has rejected does not come back, wherever it is found again.
 */

import {
  type Credential,
  credentialIn,
  type LoginTokens,
} from "./credential.ts";
import { Login } from "./login.ts";

export class HeldCredential {
  #login = new Login();
  #current: Credential | undefined;
  #rejected: string | undefined;

  get current(): Credential | undefined {
    return this.#current;
  }

  /** Of whom everything is that is held from now on. */
  get login(): Login {
    return this.#login;
  }

  /** Another person's tokens: nothing is left of the one before. */
  handOver(tokens: LoginTokens): void {
    this.#login = new Login();
    this.replace(tokens);
  }

  /** Holds what is among the tokens, or nothing. */
  replace(tokens: LoginTokens): void {
    this.#current = this.#credentialIn(tokens);
  }

  /** Holds what is among the tokens, if there is any. */
  renew(tokens: LoginTokens): void {
    this.#current = this.#credentialIn(tokens) ?? this.#current;
  }

  /** Holds what is among the tokens, if it lasts longer. */
  extend(tokens: LoginTokens): void {
    const found = this.#credentialIn(tokens);
    const ends = this.#current?.expiresAt ?? 0;
    if (found !== undefined && found.expiresAt > ends) this.#current = found;
  }

  /** Drops what upstream has rejected, unless a newer one is held. */
  drop(rejected: Credential): void {
    if (this.#current?.accessToken !== rejected.accessToken) return;
    this.#current = undefined;
    this.#rejected = rejected.accessToken;
  }

  #credentialIn(tokens: LoginTokens): Credential | undefined {
    if (tokens.accessToken === this.#rejected) return undefined;
    const read = credentialIn(tokens);
    return read && { ...read, login: this.#login };
  }
}
