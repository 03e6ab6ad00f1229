/**
 * The gateway's watch over its own process: both ports, the event loop, the
 * descriptors, the memory, and bugs that nobody caught.
 *
 * Says what is wrong, in the log when it begins and ends and to whoever asks.
 * What it can do itself, `relief.ts` says when.
 */
import type { BodyBudget } from "../downstream/body_budget.ts";
import type { OpenWork } from "../relay/open_work.ts";
import type { Descriptors, Runtime } from "../runtime.ts";
import type { KeptServer } from "./kept_server.ts";
import { hasManyIdle, type Relief, reliefFor } from "./relief.ts";
import { Stalls } from "./stalls.ts";

export interface WatchOptions {
  readonly runtime: Runtime;
  /** A folder to open, as one counts descriptors. */
  readonly dir: string;
  readonly work: OpenWork;
  readonly budget: BodyBudget;
  readonly times: WatchTimes;
}

/** Times in milliseconds. */
export interface WatchTimes {
  /** Between two moments at which the event loop has to be there. */
  readonly tickMs: number;
  /** Between two looks at all the rest. */
  readonly lookMs: number;
}

export const WATCH_TIMES: WatchTimes = { tickMs: 500, lookMs: 5_000 };

export interface Ports {
  readonly public: KeptServer;
  readonly admin: KeptServer;
}

/** What there is to tell; the names of the wire are made in `status.ts`. */
export interface Health {
  /** In words; empty where all is well. */
  readonly problems: readonly string[];
  readonly ports: Ports | undefined;
  readonly stalls: Stalls;
  readonly descriptors: Descriptors | undefined;
  /** More memory than this is a problem. */
  readonly memoryLimit: number;
}

/** Beside bodies, which are held once as they are and once for upstream. */
const MEMORY_BYTES = 512 * 1024 * 1024;

/** More memory than this is a problem, with so much room for bodies. */
export function memoryLimitOf(roomForBodies: number): number {
  return MEMORY_BYTES + 2 * roomForBodies;
}

/** A caller notices that much. */
const STALL_MS = 1_000;

export class SelfWatch {
  readonly #options: WatchOptions;
  readonly #stalls = new Stalls();
  readonly #memoryLimit: number;
  #ports: Ports | undefined;
  #problems: ReadonlyMap<string, string> = new Map();
  #descriptors: Descriptors | undefined;
  #idleSince: number | undefined;
  #lastRelief = -Infinity;
  #isClosed = false;
  #cancelTick = () => {};
  #cancelLook = () => {};
  #looking: Promise<void> = Promise.resolve();

  constructor(options: WatchOptions) {
    this.#options = options;
    this.#memoryLimit = memoryLimitOf(options.budget.limit);
  }

  get health(): Health {
    // Ports come and go between two looks.
    const problems = new Map([...this.#problems, ...this.#portProblems()]);
    return {
      problems: [...problems.values()],
      ports: this.#ports,
      stalls: this.#stalls,
      descriptors: this.#descriptors,
      memoryLimit: this.#memoryLimit,
    };
  }

  /** To be called once, when there is something to watch. */
  start(ports: Ports): void {
    this.#ports = ports;
    this.#tick();
    this.#lookAgain();
  }

  /** Waits for a look under way. */
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
      // Until the next look a caller could send some gigabytes more.
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
  }

  #portProblems(): ReadonlyMap<string, string> {
    const lost = Object.entries(this.#ports ?? {})
      .filter(([, server]) => !server.isListening);
    return new Map(
      lost.map(([name]) => [name, `nobody listens on the ${name} port`]),
    );
  }

  #told(problems: ReadonlyMap<string, string>): void {
    const { log } = this.#options.runtime;
    for (const [kind, problem] of problems) {
      if (!this.#problems.has(kind)) log.error("trouble", { problem });
    }
    for (const [kind, problem] of this.#problems) {
      if (!problems.has(kind)) log.info("trouble is over", { problem });
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
    // It has no websockets, and whoever is worried may be asking.
    if (reason !== "memory") this.#ports?.admin.renew();
  }
}

function descriptorProblem(
  counted: Descriptors | undefined,
): ReadonlyMap<string, string> {
  if (!counted?.nearLimit) return new Map();
  const { inUse } = counted;
  const count = inUse === undefined ? "all" : `${inUse} or more`;
  return new Map([[
    "descriptors",
    `descriptors are running out: ${count} are in use`,
  ]]);
}

function memoryProblem(
  rss: number,
  limit: number,
): ReadonlyMap<string, string> {
  if (rss <= limit) return new Map();
  const mib = (bytes: number) => Math.round(bytes / 1024 / 1024);
  return new Map([[
    "memory",
    `${mib(rss)} MiB of memory are in use, ${mib(limit)} are expected at most`,
  ]]);
}
