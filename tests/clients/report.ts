/** A table of what came of each case, line by line, and the sum of it. */
import { type Client, titleOf } from "./clients.ts";

export interface Outcome {
  /** Why it failed; undefined if it did not. */
  readonly reason: string | undefined;
  /** Whether the client's program has ended. */
  readonly ended: boolean;
  readonly ms: number;
}

/** A reason may be a whole page of HTML. */
const REASON_CHARS = 300;

export class Report {
  readonly #say: (line: string) => void;
  readonly #started = performance.now();
  #client: Client | undefined;
  #passed = 0;
  #failed = 0;
  #missing: string[] = [];

  constructor(say: (line: string) => void) {
    this.#say = say;
  }

  add(client: Client, name: string, { reason, ms }: Outcome): void {
    if (reason === undefined) this.#passed++;
    else this.#failed++;
    const verdict = reason === undefined ? "ok" : `FAILED: ${short(reason)}`;
    this.#row(client, name, verdict, `${Math.round(ms)} ms`);
  }

  /** Nothing of the client could be run. */
  notToBeHad(client: Client, reason: string, failed: boolean): void {
    if (failed) this.#failed++;
    this.#missing.push(client.name);
    const verdict = failed ? "FAILED" : "not to be had";
    this.#row(client, "all", `${verdict}: ${short(reason)}`, "");
  }

  /** True if nothing has failed. */
  end(): boolean {
    const seconds = Math.round((performance.now() - this.#started) / 1000);
    if (this.#missing.length > 0) {
      this.#say(`not to be had: ${this.#missing.join(", ")}`);
    }
    const fine = this.#failed === 0 && this.#passed > 0;
    this.#say(
      `${fine ? "ok" : "FAILED"} | ${this.#passed} passed | ` +
        `${this.#failed} failed (${seconds}s)`,
    );
    return fine;
  }

  #row(client: Client, name: string, verdict: string, time: string): void {
    if (this.#client !== client) this.#say(`\n${titleOf(client)}`);
    this.#client = client;
    const [test = "", ...call] = name.split(" ");
    this.#say(
      `  ${test.padEnd(4)} ${call.join(" ").padEnd(40)} ${time.padStart(8)}  ` +
        verdict,
    );
  }
}

function short(reason: string): string {
  const line = reason.replaceAll(/\s+/g, " ").trim();
  return line.length > REASON_CHARS ? `${line.slice(0, REASON_CHARS)}…` : line;
}
