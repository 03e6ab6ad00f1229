/**
 * Keeps a server listening on its address until it is closed.
 *
 * The runtime gives a listener up for good at the first error of `accept`; one
 * moment without a free descriptor is enough. Connections accepted before go
 * on. A new listener takes over after a pause, which doubles with each failure.
 * If none can be opened in time, `lost` resolves.
 *
 * Does not handle requests.
 */
import { reasonOf } from "../../accounts/files/durable.ts";
import { RENEW_MS } from "../../limits.ts";
import type { Log, Runtime } from "../../runtime.ts";

/** Times in milliseconds. */
export interface KeepTimes {
  /** The first pause; each next one is twice as long. */
  readonly firstMs: number;
  /** The longest pause. */
  readonly mostMs: number;
  /** A listener that has lasted this long ends the outage. */
  readonly steadyMs: number;
  /** An outage of this length ends the attempts. */
  readonly giveUpMs: number;
}

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

export class KeptServer {
  readonly #options: KeptServerOptions;
  readonly #lost = Promise.withResolvers<string>();
  /** Servers that are shut down and still have open answers. */
  readonly #leaving = new Set<Promise<void>>();
  #server: Server | undefined;
  #losses = 0;
  #reason = "";
  #pauseMs: number;
  #isRenewing = false;
  #cancelAgain = () => {};
  #cancelSteady = () => {};
  #cancelGiveUp: (() => void) | undefined;

  /** `server` is the first result of `bind`. */
  constructor(server: Server, options: KeptServerOptions) {
    this.#options = options;
    this.#pauseMs = options.times.firstMs;
    this.#keep(server);
  }

  /** Also true during `renew`, which listens again in a moment. */
  get isListening(): boolean {
    return this.#server !== undefined || this.#isRenewing;
  }

  /** How often the runtime gave the listener up. */
  get losses(): number {
    return this.#losses;
  }

  /** Resolves with the reason when no new listener could be opened. */
  get lost(): Promise<string> {
    return this.#lost.promise;
  }

  /**
   * Closes every idle connection and every websocket, and listens again;
   * answers under way are finished. There is no other way: the runtime cannot
   * close a single connection and has no timeout for idle ones.
   */
  renew(): void {
    const server = this.#server;
    if (server === undefined) return;
    this.#server = undefined;
    this.#isRenewing = true;
    this.#cancelSteady();
    this.#leave(server);
    this.#beginOutage();
    this.#pauseMs = RENEW_MS;
    this.#againIn(this.#nextPause());
  }

  /** Stops listening; resolves when every answer is finished. */
  async close(): Promise<void> {
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
      // By now the address of the old listener should be free.
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
      // There is a listener, but not for `steadyMs` yet: the outage goes on.
      if (this.#server !== undefined) return this.#beginOutage();
      this.#cancelAgain();
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
