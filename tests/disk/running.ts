/** The program while it runs: its turns, and what its admin port shows. */
import { assertEquals } from "@std/assert";
import type { Codaze } from "../support/codaze.ts";
import { CODEX_BODY, CODEX_HEADERS } from "../support/gateway.ts";

export interface Turn {
  readonly ok: boolean;
  readonly status: number;
  readonly text: string;
}

export class Running implements AsyncDisposable {
  readonly codaze: Codaze;
  readonly #base: string;
  readonly #admin: string;

  constructor(codaze: Codaze, base: string, admin: string) {
    this.codaze = codaze;
    this.#base = base;
    this.#admin = admin;
  }

  async turn(): Promise<Turn> {
    const response = await fetch(`${this.#base}/responses`, {
      method: "POST",
      headers: CODEX_HEADERS,
      body: JSON.stringify(CODEX_BODY),
    });
    const text = await response.text();
    const ok = response.ok && text.includes("event: response.completed");
    return { ok, status: response.status, text };
  }

  /** The accounts as the admin port shows them, by id. */
  async views(): Promise<Readonly<Record<string, Record<string, unknown>>>> {
    const { accounts } = await (await fetch(this.#admin)).json();
    return Object.fromEntries(
      accounts.map((view: Record<string, unknown>) => [view["id"], view]),
    );
  }

  /** Files in the folder that are no account, and why. */
  async invalidFiles(): Promise<
    ReadonlyArray<{ readonly file: string; readonly reason: string }>
  > {
    return (await (await fetch(this.#admin)).json()).invalid_files;
  }

  /** Asks until somebody can be asked again. */
  async untilServed(): Promise<void> {
    await until(async () => (await this.turn()).ok);
  }

  /** Ends a cooldown, as a person would by hand. */
  async wake(id: string): Promise<void> {
    const response = await fetch(`${this.#admin}/${id}/wake`, {
      method: "POST",
      headers: { "content-type": "application/json" },
    });
    await response.body?.cancel();
    assertEquals(response.status, 200);
  }

  /** A crash. */
  async kill(): Promise<void> {
    this.codaze.kill("SIGKILL");
    await this.codaze.ended;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.codaze[Symbol.asyncDispose]();
  }
}

/** Resolves once `holds` does. */
export async function until(
  holds: () => boolean | Promise<boolean>,
): Promise<void> {
  for (let left = 500; left > 0; left--) {
    if (await holds()) return;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  throw new Error("never");
}
