/**
 * How many accounts one request may still ask although a cooldown whose length
 * we guessed keeps them away. Shared by all attempts of the request.
 */
import { MAX_GUESSES } from "../limits.ts";

export class Guesses {
  #left = MAX_GUESSES;

  get areUsedUp(): boolean {
    return this.#left <= 0;
  }

  used(): void {
    this.#left--;
  }

  /** For a second chance, which is not one of them. */
  oneMore(): void {
    this.#left = Math.max(this.#left, 0) + 1;
  }
}
