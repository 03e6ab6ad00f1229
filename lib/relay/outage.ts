/**
 * Whether upstream can be reached, as far as turns show it: tells the beginning
 * and the end of an outage, each once. Decides nothing.
 *
 * One failed turn may be chance, so an outage is two in a row without an answer
 * between them.
 */
import type { Failure } from "../failure/failure.ts";
import type { Runtime } from "../runtime.ts";

export class Outage {
  readonly #runtime: Pick<Runtime, "elapsed" | "log" | "now">;
  #failed = 0;
  /** Of the first failed turn: by the wall clock, and by `elapsed`. */
  #since = { now: 0, elapsed: 0 };

  constructor(runtime: Pick<Runtime, "elapsed" | "log" | "now">) {
    this.#runtime = runtime;
  }

  /** A turn has ended before its caller got anything. */
  turnFailed({ kind }: Failure, reason: () => string): void {
    if (!OUTAGE.has(kind)) return;
    const { now, elapsed, log } = this.#runtime;
    this.#failed++;
    if (this.#failed === 1) this.#since = { now: now(), elapsed: elapsed() };
    if (this.#failed !== LEAST_FAILED) return;
    log.warn("upstream unreachable", {
      since: new Date(this.#since.now).toISOString(),
      kind,
      reason: reason(),
    });
  }

  /** Upstream has answered, if only to refuse. */
  answered(): void {
    if (this.#failed === 0) return;
    const turns = this.#failed;
    this.#failed = 0;
    if (turns < LEAST_FAILED) return;
    const { elapsed, log } = this.#runtime;
    const ms = Math.round(elapsed() - this.#since.elapsed);
    log.info("upstream is back", { after_ms: ms, turns });
  }

  attemptFailed({ kind }: Failure): void {
    if (this.#failed > 0 && REACHED.has(kind)) this.answered();
  }
}

const LEAST_FAILED = 2;

/** Neither an account nor the request is to blame. */
const OUTAGE: ReadonlySet<Failure["kind"]> = new Set([
  "transport",
  "timeout",
  "unavailable",
  "no_answer",
]);

/** Only the backend itself refuses like this. */
const REACHED: ReadonlySet<Failure["kind"]> = new Set([
  "access_token_rejected",
  "rate_limited",
  "quota_exhausted",
  "risk_controlled",
  "account_refused",
  "request_rejected",
]);
