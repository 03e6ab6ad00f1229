/**
 * Watches the gateway's own process: both ports, the event loop, descriptors
 * and memory.
 *
 * Logs when a problem begins and ends, and reports problems on request. Does
 * not decide when to close connections (`relief.ts` does).
 */
import type { BodyBudget } from "../../downstream/body_budget.ts";
import { MEMORY_BYTES, STALL_MS, ZSTD_KEPT_MS } from "../../limits.ts";
import { keptZstd } from "../../protocol/zstd/kept.ts";
import type { OpenWork } from "../../relay/open_work.ts";
import type { Descriptors, Runtime } from "../../runtime.ts";
import type { KeptServer } from "./kept_server.ts";
import { hasManyIdle, type Relief, reliefFor } from "./relief.ts";
import { Stalls } from "./stalls.ts";

export interface WatchOptions {
  readonly runtime: Runtime;
  /** A folder that counting descriptors may open. */
  readonly dir: string;
  readonly work: OpenWork;
  readonly budget: BodyBudget;
  readonly times: WatchTimes;
}

/** Times in milliseconds. */
export interface WatchTimes {
  /** Between two checks of the event loop. */
  readonly tickMs: number;
  /** Between two checks of everything else. */
  readonly lookMs: number;
}

export interface Ports {
  readonly public: KeptServer;
  readonly admin: KeptServer;
}

/** What a problem is about. */
export type ProblemKind = "port" | "descriptors" | "memory";

export interface Problem {
  readonly kind: ProblemKind;
  /** For a person; the words may change, so programs go by `kind`. */
  readonly text: string;
}

/**
 * By name: two problems of one kind, such as two ports, come and go separately.
 */
type Problems = ReadonlyMap<string, Problem>;

/** The state of the process; `status.ts` makes the wire names. */
export interface Health {
  /** Empty if all is well. */
  readonly problems: readonly Problem[];
  readonly ports: Ports | undefined;
  readonly stalls: Stalls;
  readonly descriptors: Descriptors | undefined;
  /** More memory than this is a problem. */
  readonly memoryLimit: number;
}

/** The memory limit for a gateway with this body budget, in bytes. */
export function memoryLimitOf(roomForBodies: number): number {
  return MEMORY_BYTES + 2 * roomForBodies;
}

export class SelfWatch {
  readonly #options: WatchOptions;
  readonly #stalls = new Stalls();
  readonly #memoryLimit: number;
  #ports: Ports | undefined;
  #problems: Problems = new Map();
  #descriptors: Descriptors | undefined;
  #idleSince: number | undefined;
  #lastRelief = -Infinity;
  #lastDrop = -Infinity;
  #isClosed = false;
  #cancelTick = () => {};
  #cancelLook = () => {};
  #looking: Promise<void> = Promise.resolve();

  constructor(options: WatchOptions) {
    this.#options = options;
    this.#memoryLimit = memoryLimitOf(options.budget.limit);
  }

  get health(): Health {
    // Checked anew, because ports change between two checks.
    const problems = new Map([...this.#problems, ...this.#portProblems()]);
    return {
      problems: [...problems.values()],
      ports: this.#ports,
      stalls: this.#stalls,
      descriptors: this.#descriptors,
      memoryLimit: this.#memoryLimit,
    };
  }

  /** Call this once, when both ports are bound. */
  start(ports: Ports): void {
    this.#ports = ports;
    this.#tick();
    this.#lookAgain();
  }

  /** Stops watching; waits for a check under way. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.#cancelTick();
    this.#cancelLook();
    await this.#looking;
  }

  #tick(): void {
    const { runtime, times } = this.#options;
    const { after, elapsed, log } = runtime;
    const due = elapsed() + times.tickMs;
    this.#cancelTick = after(times.tickMs, () => {
      const now = elapsed();
      const lateMs = Math.round(Math.max(0, now - due));
      this.#stalls.observe(lateMs, now);
      if (lateMs >= STALL_MS) {
        log.warn("event loop stood still", { ms: lateMs });
      }
      // Not left to the next check: callers could send gigabytes until then.
      const { rss } = runtime.memory();
      if (rss > this.#memoryLimit) this.#relieve(rss);
      this.#tick();
    });
  }

  #lookAgain(): void {
    if (this.#isClosed) return;
    const { runtime, times } = this.#options;
    this.#cancelLook = runtime.after(times.lookMs, () => {
      this.#looking = this.#look().finally(() => this.#lookAgain());
    });
  }

  async #look(): Promise<void> {
    const { runtime, dir } = this.#options;
    const counted = await runtime.descriptors(dir);
    this.#descriptors = counted;
    const { rss } = runtime.memory();
    this.#told(
      new Map([
        ...this.#portProblems(),
        ...descriptorProblem(counted),
        ...memoryProblem(rss, this.#memoryLimit),
      ]),
    );
    this.#relieve(rss);
    this.#dropUnused();
  }

  #dropUnused(): void {
    const now = this.#options.runtime.elapsed();
    if (now - this.#lastDrop < ZSTD_KEPT_MS) return;
    this.#lastDrop = now;
    keptZstd.dropUnused();
  }

  #portProblems(): Problems {
    // A stop closes them, and may then wait for a refresh.
    if (this.#options.work.draining) return new Map();
    const lost = Object.entries(this.#ports ?? {})
      .filter(([, server]) => !server.isListening);
    return new Map(
      lost.map(([name]) => [name, {
        kind: "port",
        text: `nobody listens on the ${name} port`,
      }]),
    );
  }

  #told(problems: Problems): void {
    const { log } = this.#options.runtime;
    for (const [key, { text: problem }] of problems) {
      if (!this.#problems.has(key)) log.error("trouble", { problem });
    }
    for (const [key, { text: problem }] of this.#problems) {
      if (!problems.has(key)) log.info("trouble is over", { problem });
    }
    this.#problems = problems;
  }

  #relieve(rss: number): void {
    const { runtime: { elapsed }, work } = this.#options;
    const now = elapsed();
    const { inUse, nearLimit = false } = this.#descriptors ?? {};
    const open = work.waiting + work.streams + work.sessions;
    if (!hasManyIdle({ inUse, open })) this.#idleSince = undefined;
    else this.#idleSince ??= now;
    const reason = reliefFor({
      inUse,
      nearLimit,
      open,
      websockets: work.sessions,
      busy: work.busySessions,
      rss,
      memoryLimit: this.#memoryLimit,
      idleForMs: now - (this.#idleSince ?? now),
      sinceLastMs: now - this.#lastRelief,
    });
    if (reason === undefined) return;
    this.#lastRelief = now;
    this.#idleSince = undefined;
    this.#endIdle(reason, { in_use: inUse, rss_bytes: rss });
  }

  #endIdle(
    reason: Relief,
    fields: Readonly<Record<string, number | undefined>>,
  ): void {
    const { runtime: { log }, work } = this.#options;
    const websockets = work.sessions;
    log.warn("idle connections ended", { reason, websockets, ...fields });
    this.#ports?.public.renew();
    // The admin port has no websockets that hold memory, and a person may need
    // it now.
    if (reason !== "memory") this.#ports?.admin.renew();
  }
}

function descriptorProblem(counted: Descriptors | undefined): Problems {
  if (!counted?.nearLimit) return new Map();
  const { inUse } = counted;
  const count = inUse === undefined ? "all" : `${inUse} or more`;
  return new Map([["descriptors", {
    kind: "descriptors",
    text: `descriptors are running out: ${count} are in use`,
  }]]);
}

function memoryProblem(rss: number, limit: number): Problems {
  if (rss <= limit) return new Map();
  const mib = (bytes: number) => Math.round(bytes / 1024 / 1024);
  return new Map([["memory", {
    kind: "memory",
    text: `${mib(rss)} MiB of memory are in use, ${
      mib(limit)
    } are expected at most`,
  }]]);
}
