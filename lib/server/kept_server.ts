/**
 * Keeps a server at its address for as long as it is wanted.
 *
 * The runtime gives a listener up for good at the first error of `accept`, and
 * one moment without a free descriptor is enough. What was accepted before
 * lives on; here a new listener takes over, after a pause that doubles. If
 * none can be had back, whoever asks `lost` is told.
 *
 * Knows nothing of what is served.
 */
import { reasonOf } from "../accounts/durable.ts";
import type { Log, Runtime } from "../runtime.ts";

/** Times in milliseconds. */
export interface KeepTimes {
  /** The first pause; each that follows is twice as long. */
  readonly firstMs: number;
  readonly mostMs: number;
  /** A listener that has lasted so long is one again. */
  readonly steadyMs: number;
  /** Without one for so long there is no use in trying. */
  readonly giveUpMs: number;
}

export const KEEP_TIMES: KeepTimes = {
  firstMs: 100,
  mostMs: 5_000,
  steadyMs: 10_000,
  giveUpMs: 60_000,
};

export type Server = Pick<Deno.HttpServer, "finished" | "shutdown">;

export interface KeptServerOptions {
  /** For the log. */
  readonly name: string;
  /** Listens on the same address each time, or throws. */
  readonly bind: () => Server;
  readonly after: Runtime["after"];
  readonly log: Log;
  readonly times: KeepTimes;
}

/** An address that was given free a moment ago may still be taken. */
const RENEW_MS = 5;

export class KeptServer {
  readonly #options: KeptServerOptions;
  readonly #lost = Promise.withResolvers<string>();
  /** What was shut down and still has answers to give. */
  readonly #leaving = new Set<Promise<void>>();
  #server: Server | undefined;
  #losses = 0;
  #reason = "";
  #pauseMs: number;
  #closed = false;
  #isRenewing = false;
  #cancelAgain = () => {};
  #cancelSteady = () => {};
  #cancelGiveUp: (() => void) | undefined;

  /** `server` is what `bind` has given first. */
  constructor(server: Server, options: KeptServerOptions) {
    this.#options = options;
    this.#pauseMs = options.times.firstMs;
    this.#keep(server);
  }

  /** Or is about to again, having made way for itself. */
  get isListening(): boolean {
    return this.#server !== undefined || this.#isRenewing;
  }

  /** How often the runtime has given the listener up. */
  get losses(): number {
    return this.#losses;
  }

  /** Resolves with the reason when a listener could not be had back. */
  get lost(): Promise<string> {
    return this.#lost.promise;
  }

  /**
   * Ends every connection that is waiting for nothing but its caller, and every
   * websocket; answers under way are given. It is the one way there is to end
   * them: the runtime has none for a single one, and no timeout.
   */
  renew(): void {
    const server = this.#server;
    if (server === undefined || this.#closed) return;
    this.#server = undefined;
    this.#isRenewing = true;
    this.#leave(server);
    this.#beginOutage();
    this.#pauseMs = RENEW_MS;
    this.#againIn(this.#nextPause());
  }

  /** Stops listening; resolves when every answer has been given. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#cancelAgain();
    this.#endOutage();
    if (this.#server) this.#leave(this.#server);
    this.#server = undefined;
    await Promise.all(this.#leaving);
  }

  #leave(server: Server): void {
    const left = server.shutdown().finally(() => this.#leaving.delete(left));
    this.#leaving.add(left);
  }

  #keep(server: Server): void {
    this.#server = server;
    server.finished.then(
      () => this.#gaveUp(server, "the runtime has ended it"),
      (error) => this.#gaveUp(server, reasonOf(error)),
    );
  }

  #gaveUp(server: Server, reason: string): void {
    if (server !== this.#server) return;
    const { log, name } = this.#options;
    this.#server = undefined;
    this.#losses++;
    this.#reason = reason;
    const pauseMs = this.#nextPause();
    log.error("listener lost", { port: name, reason, again_in_ms: pauseMs });
    this.#cancelSteady();
    this.#beginOutage();
    this.#againIn(pauseMs);
  }

  #nextPause(): number {
    const pauseMs = this.#pauseMs;
    this.#pauseMs = Math.min(2 * pauseMs, this.#options.times.mostMs);
    return pauseMs;
  }

  #againIn(ms: number): void {
    this.#cancelAgain = this.#options.after(ms, () => this.#again());
  }

  #again(): void {
    const { bind, log, name, times, after } = this.#options;
    try {
      this.#keep(bind());
    } catch (error) {
      this.#reason = reasonOf(error);
      const pauseMs = this.#nextPause();
      // Longer than it takes to make way for oneself.
      if (pauseMs >= times.firstMs) this.#isRenewing = false;
      const fields = { reason: this.#reason, again_in_ms: pauseMs };
      const level = this.#isRenewing ? "debug" : "warn";
      log[level]("cannot listen yet", { port: name, ...fields });
      return this.#againIn(pauseMs);
    }
    this.#isRenewing = false;
    log.info("listening again", { port: name });
    this.#cancelSteady = after(times.steadyMs, () => this.#endOutage());
  }

  #beginOutage(): void {
    if (this.#cancelGiveUp) return;
    const { after, times } = this.#options;
    this.#cancelGiveUp = after(times.giveUpMs, () => {
      this.#cancelGiveUp = undefined;
      // One that comes and goes is no outage yet, and not the end of one.
      if (this.#server !== undefined) return this.#beginOutage();
      this.#cancelAgain();
      this.#closed = true;
      this.#lost.resolve(this.#reason);
    });
  }

  #endOutage(): void {
    this.#cancelSteady();
    this.#cancelGiveUp?.();
    this.#cancelGiveUp = undefined;
    this.#pauseMs = this.#options.times.firstMs;
  }
}
