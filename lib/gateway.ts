/**
 * Starts and stops a gateway: has the components built, puts both listeners in front
 * of them, and drains.
 */
import { leaveNote } from "./accounts/sync/running.ts";
import type { Registry } from "./accounts/pool/registry.ts";
import type { Config } from "./config/config.ts";
import type { BodyLimits } from "./downstream/body_budget.ts";
import {
  BODY_LIMITS,
  KEEP_TIMES,
  STOP_LINGER_MS,
  TIMEOUTS,
  WATCH_TIMES,
} from "./limits.ts";
import type { Timeouts } from "./relay/attempt.ts";
import { buildComponents, type Components } from "./components.ts";
import { ok, type Result } from "./result.ts";
import type { Runtime } from "./runtime.ts";
import type { KeepTimes } from "./server/port/kept_server.ts";
import { listen, type Listener } from "./server/port/listener.ts";
import type { WatchTimes } from "./server/port/self_watch.ts";

export interface GatewayOptions {
  readonly config: Config;
  readonly runtime: Runtime;
  readonly timeouts?: Timeouts;
  readonly bodies?: BodyLimits;
  readonly keep?: KeepTimes;
  readonly watchTimes?: WatchTimes;
  /** This program's version, which the admin port shows. */
  readonly version: string;
}

/** A running gateway. */
export class Gateway {
  readonly registry: Registry;
  readonly #components: Components;
  readonly #public: Listener;
  readonly #admin: Listener;
  #note: AsyncDisposable | undefined;
  #waitingFor = "";

  private constructor(
    components: Components,
    listeners: { readonly public: Listener; readonly admin: Listener },
    note: AsyncDisposable | undefined,
  ) {
    this.registry = components.registry;
    this.#components = components;
    this.#public = listeners.public;
    this.#admin = listeners.admin;
    this.#note = note;
  }

  /** Loads the accounts and binds both listeners. The error says why not. */
  static async start(
    options: GatewayOptions,
  ): Promise<Result<Gateway, string>> {
    const { config, runtime, version } = options;
    const { timeouts = TIMEOUTS, bodies = BODY_LIMITS } = options;
    const { keep = KEEP_TIMES, watchTimes = WATCH_TIMES } = options;
    const components = await buildComponents({
      config,
      runtime,
      timeouts,
      bodies,
      watchTimes,
      version,
    });
    if (!components.ok) return components;

    const { log, after } = runtime;
    const publicListener = listen({
      name: "public",
      flag: "--listen",
      address: config.listen,
      handler: components.value.public,
      hosts: config.allowedHosts,
      origins: config.allowedOrigins,
      after,
      times: keep,
      log,
    });
    if (!publicListener.ok) {
      await components.value.refreshesSettled();
      await components.value.close();
      return publicListener;
    }
    const adminListener = listen({
      name: "admin",
      flag: "--admin-listen",
      address: config.adminListen,
      handler: components.value.admin,
      hosts: [],
      origins: [],
      after,
      times: keep,
      log,
    });
    if (!adminListener.ok) {
      await publicListener.value.server.close();
      await components.value.refreshesSettled();
      await components.value.close();
      return adminListener;
    }
    const listeners = {
      public: publicListener.value,
      admin: adminListener.value,
    };
    components.value.selfWatch.start({
      public: listeners.public.server,
      admin: listeners.admin.server,
    });
    components.value.bound({
      public: listeners.public.origin,
      admin: listeners.admin.origin,
    });
    const note = await leaveNote(config.accountsDir, {
      listen: listeners.public.address,
      adminListen: listeners.admin.address,
    }, runtime.now());
    if (!note.ok) {
      const why = { reason: note.error };
      log.warn("commands find this gateway by --admin-listen only", why);
    }
    const left = note.ok ? note.value : undefined;
    return ok(new Gateway(components.value, listeners, left));
  }

  /** `http://host:port` of the public listener. */
  get publicOrigin(): string {
    return this.#public.origin;
  }

  get adminOrigin(): string {
    return this.#admin.origin;
  }

  /** Resolves when a port is lost for good, with the reason in words. */
  get lost(): Promise<string> {
    const told = async (name: string, { server }: Listener) =>
      `the ${name} port cannot be reopened: ${await server.lost}`;
    return Promise.race([
      told("public", this.#public),
      told("admin", this.#admin),
    ]);
  }

  /** What is wrong with this process, in words; empty if nothing is. */
  get problems(): readonly string[] {
    return this.#components.selfWatch.health.problems.map(({ text }) => text);
  }

  /** Turns that are under way or wait for an account. */
  get openTurns(): number {
    const { streams, waiting, busySessions } = this.#components.work;
    return streams + waiting + busySessions;
  }

  /** What `stop` is waiting for. */
  get waitingFor(): string {
    return this.#waitingFor;
  }

  /** Gives open turns `graceMs` to end, then ends them. */
  async stop(graceMs: number): Promise<void> {
    const { runtime, work } = this.#components;
    void this.#components.stopLooking();
    this.#components.stopWatching();
    this.#waitingFor = "open turns";
    const closed = work.drain().then(() =>
      Promise.all([
        this.#public.server.close(),
        this.#admin.server.close(),
        work.answered(),
      ])
    );
    const { promise: over, resolve } = Promise.withResolvers<void>();
    const cancelEnd = runtime.after(graceMs, () => work.end());
    // Do not wait for a caller that neither reads nor leaves.
    const cancelOver = runtime.after(graceMs + STOP_LINGER_MS, resolve);
    await Promise.race([closed, over]);
    cancelEnd();
    cancelOver();
    this.#public.refused.close();
    this.#admin.refused.close();
    this.#waitingFor = "refreshes";
    this.#components.stopRefreshing();
    await this.settled();
    this.#waitingFor = "the accounts dir";
    await this.#components.close();
    const note = this.#note;
    this.#note = undefined;
    await note?.[Symbol.asyncDispose]();
    this.#waitingFor = "";
  }

  /** Resolves when no refresh is under way: an exit would lose its tokens. */
  settled(): Promise<void> {
    return this.#components.refreshesSettled();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop(0);
  }
}
