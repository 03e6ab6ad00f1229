/**
 * The composition root: builds everything, serves both listeners, drains.
 *
 * The only place that knows all parts, and the only one that calls
 * `Deno.serve`.
 */
import { Registry } from "./accounts/registry.ts";
import { AccountStore } from "./accounts/store.ts";
import { FolderWatch } from "./accounts/watch.ts";
import type { Config } from "./config.ts";
import type { PrepareContext } from "./downstream/normalize.ts";
import type { DispatchDeps } from "./relay/dispatch.ts";
import type { Timeouts } from "./relay/attempt.ts";
import { fetchModels } from "./relay/models_list.ts";
import { OpenWork } from "./relay/open_work.ts";
import { err, ok, type Result } from "./result.ts";
import type { Runtime } from "./runtime.ts";
import { adminRoutes } from "./server/admin.ts";
import { listen, type Listener } from "./server/listener.ts";
import { publicRoutes } from "./server/public.ts";
import { CookieJar } from "./upstream/cookies.ts";
import { identityOf } from "./upstream/identity.ts";
import { Models } from "./upstream/models.ts";
import { Tokens } from "./upstream/token.ts";
import { TurnStates } from "./upstream/turn_state.ts";

/** How long the gateway waits for whom (behaviour of the client: C14.4). */
export const TIMEOUTS: Timeouts = {
  headersMs: 120_000,
  handshakeMs: 10_000,
  connectMs: 12_000,
  windowMs: 5_000,
  keepaliveMs: 60_000,
  idleMs: 300_000,
  transportRetryMs: [200, 800],
};

const TOKEN_TIMEOUT_MS = 30_000;

/** Time for callers to take in what ended their turns at a stop. */
const LINGER_MS = 1_000;

export interface GatewayOptions {
  readonly config: Config;
  readonly runtime: Runtime;
  readonly timeouts?: Timeouts;
}

/** A running gateway. */
export class Gateway {
  readonly registry: Registry;
  readonly #parts: Parts;
  readonly #public: Listener;
  readonly #admin: Listener;

  private constructor(
    parts: Parts,
    listeners: { readonly public: Listener; readonly admin: Listener },
  ) {
    this.registry = parts.registry;
    this.#parts = parts;
    this.#public = listeners.public;
    this.#admin = listeners.admin;
  }

  /** Loads the accounts and binds both listeners, or says why it cannot. */
  static async start(
    options: GatewayOptions,
  ): Promise<Result<Gateway, string>> {
    const { config } = options;
    const parts = await build(options);
    if (!parts.ok) return parts;

    const { log } = options.runtime;
    const publicListener = listen({
      name: "public",
      flag: "--listen",
      address: config.listen,
      handler: parts.value.public,
      hosts: config.allowedHosts,
      origins: config.allowedOrigins,
      log,
    });
    if (!publicListener.ok) {
      await parts.value.close();
      return publicListener;
    }
    const adminListener = listen({
      name: "admin",
      flag: "--admin-listen",
      address: config.adminListen,
      handler: parts.value.admin,
      hosts: [],
      origins: [],
      log,
    });
    if (!adminListener.ok) {
      await publicListener.value.close();
      await parts.value.close();
      return adminListener;
    }
    return ok(
      new Gateway(parts.value, {
        public: publicListener.value,
        admin: adminListener.value,
      }),
    );
  }

  /** `http://host:port` of the public listener. */
  get publicOrigin(): string {
    return this.#public.origin;
  }

  get adminOrigin(): string {
    return this.#admin.origin;
  }

  /** Open turns may end within `graceMs`; then they are ended. */
  async stop(graceMs: number): Promise<void> {
    const { runtime, work } = this.#parts;
    const closed = work.drain().then(() =>
      Promise.all([this.#public.close(), this.#admin.close()])
    );
    const { promise: over, resolve } = Promise.withResolvers<void>();
    const cancelEnd = runtime.after(graceMs, () => work.end());
    // Nobody waits for a caller that neither reads, nor writes, nor leaves.
    const cancelOver = runtime.after(graceMs + LINGER_MS, resolve);
    await Promise.race([closed, over]);
    cancelEnd();
    cancelOver();
    await this.#parts.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop(0);
  }
}

type Routes = (request: Request) => Response | Promise<Response>;

interface Parts {
  readonly runtime: Runtime;
  readonly registry: Registry;
  readonly work: OpenWork;
  readonly public: Routes;
  readonly admin: Routes;
  /** Waits for refreshes, so that no token is lost, and for the disk. */
  readonly close: () => Promise<void>;
}

async function build(
  { config, runtime, timeouts = TIMEOUTS }: GatewayOptions,
): Promise<Result<Parts, string>> {
  const { log, now } = runtime;
  const registry = new Registry({
    now,
    policy: config.routingPolicy,
    affinity: config.affinity,
    log,
  });
  const store = await AccountStore.open({
    dir: config.accountsDir,
    registry,
    now,
    log,
  });
  if (!store.ok) {
    return err(
      `Cannot use --accounts-dir "${config.accountsDir}": ${store.error}`,
    );
  }
  const watch = new FolderWatch({
    dir: config.accountsDir,
    after: runtime.after,
    scan: () => store.value.scan(),
    log,
  });
  const identity = identityOf(config.codexVersion, Deno.build);
  const tokens = new Tokens({
    runtime,
    registry,
    store: store.value,
    issuer: config.authIssuer,
    identity: identity.short,
    timeoutMs: TOKEN_TIMEOUT_MS,
  });
  const deps: DispatchDeps = {
    runtime,
    registry,
    tokens,
    cookies: new CookieJar(),
    turnStates: new TurnStates(),
    upstream: config.upstream,
    timeouts,
  };
  const context: PrepareContext = {
    normalize: config.fingerprintMode === "normalize",
    identity: identity.full,
    newId: () => crypto.randomUUID(),
    parallelToolCalls: (slug) => models.parallelToolCalls(slug),
  };
  const work = new OpenWork();
  const models = new Models({
    now,
    fetch: () => fetchModels(config.codexVersion, context, { ...deps, work }),
  });
  return ok({
    runtime,
    registry,
    work,
    public: publicRoutes({
      ...deps,
      prepare: context,
      models,
      work,
      maxBodyBytes: config.maxBodyBytes,
      unavailable: config.unavailable,
    }),
    admin: adminRoutes({ runtime, registry, store: store.value }),
    close: async () => {
      await watch.close();
      await tokens.settled();
      await store.value.retryPending();
    },
  });
}
