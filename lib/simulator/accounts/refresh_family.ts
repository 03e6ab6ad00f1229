/**
 * The refresh tokens of one sign-in. Only the current one is good; using an
 * earlier one again revokes the whole sign-in.
 */

import { err, ok, type Result } from "../../result.ts";
import { newSecret } from "./canary.ts";

export type RefreshRefusal = "reused" | "expired" | "revoked" | "unknown";

export class RefreshFamily {
  readonly #used = new Set<string>();
  #current = newSecret("refresh_token");
  #state: "live" | "expired" | "revoked" = "live";

  get current(): string {
    return this.#current;
  }

  get revoked(): boolean {
    return this.#state === "revoked";
  }

  knows(token: string): boolean {
    return token === this.#current || this.#used.has(token);
  }

  /** Uses `token`. Returns the token for the next time. */
  use(
    token: string,
    { rotate }: { readonly rotate: boolean },
  ): Result<string, RefreshRefusal> {
    if (this.#used.has(token)) {
      this.#state = "revoked";
      return err("reused");
    }
    if (token !== this.#current) return err("unknown");
    if (this.#state !== "live") return err(this.#state);

    if (rotate) {
      this.#used.add(token);
      this.#current = newSecret("refresh_token");
    }
    return ok(this.#current);
  }

  /** Expires the current token. */
  expire(): void {
    if (this.#state === "live") this.#state = "expired";
  }

  revoke(): void {
    this.#state = "revoked";
  }
}
