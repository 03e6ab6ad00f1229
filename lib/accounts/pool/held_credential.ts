/**
 * The access token that an account uses, and the login it belongs to. Does not
 * take a token again that upstream has rejected, wherever it turns up.
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

  /** The login of the current token and of those that follow. */
  get login(): Login {
    return this.#login;
  }

  /** Takes another person's tokens and forgets the login before. */
  handOver(tokens: LoginTokens): void {
    this.#login = new Login();
    this.replace(tokens);
  }

  /** Takes the access token; if there is none, holds none. */
  replace(tokens: LoginTokens): void {
    this.#current = this.#credentialIn(tokens);
  }

  /** Takes the access token, if there is one. */
  renew(tokens: LoginTokens): void {
    this.#current = this.#credentialIn(tokens) ?? this.#current;
  }

  /** Takes the access token, if it expires later than the current one. */
  extend(tokens: LoginTokens): void {
    const found = this.#credentialIn(tokens);
    const ends = this.#current?.expiresAt ?? 0;
    if (found !== undefined && found.expiresAt > ends) this.#current = found;
  }

  /** Drops the token that upstream rejected, if it is still current. */
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
