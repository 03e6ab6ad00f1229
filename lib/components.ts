/**
 * Builds the components of a gateway and gives each what it needs.
 *
 * Binds nothing; `gateway.ts` puts the listeners in front.
 */
import { poolFigures } from "./accounts/pool/figures.ts";
import { Registry } from "./accounts/pool/registry.ts";
import { AccountStore } from "./accounts/store.ts";
import { loadState, StateKeeper } from "./accounts/state/state_keeper.ts";
import { FolderWatch } from "./accounts/sync/watch.ts";
import { momentOf } from "./clock.ts";
import type { Config } from "./config/config.ts";
import type { Intake } from "./downstream/body.ts";
import type { Rendering } from "./downstream/render.ts";
import {
  BodyBudget,
  type BodyLimits,
  roomForBodies,
} from "./downstream/body_budget.ts";
import { poolLimits } from "./downstream/pool_limits.ts";
import type { PrepareContext } from "./downstream/normalize.ts";
import { GRACE_MS, ISSUER_TIMEOUT_MS } from "./limits.ts";
import type { Timeouts } from "./relay/attempt.ts";
import { ModelForms } from "./downstream/openai/forms.ts";
import type { DispatchDeps } from "./relay/dispatch.ts";
import { fetchModels } from "./relay/models_list.ts";
import { Handshakes } from "./relay/websocket/handshakes.ts";
import { OpenWork } from "./relay/open_work.ts";
import { Outage } from "./relay/outage.ts";
import { RecentTurns } from "./relay/recent_turns.ts";
import { TurnCounts } from "./relay/turn_counts.ts";
import { ok, type Result } from "./result.ts";
import type { Runtime } from "./runtime.ts";
import { publicRoutes } from "./server/public.ts";
import type { Origins } from "./server/view/view.ts";
import type { Views } from "./server/view/view_routes.ts";
import { lazyRoutes } from "./server/port/lazy_routes.ts";
import { SelfWatch, type WatchTimes } from "./server/port/self_watch.ts";
import { LoginMemory } from "./upstream/login_memory.ts";
import { Network } from "./upstream/network.ts";
import { identityOf } from "./upstream/auth/identity.ts";
import { Models } from "./upstream/models.ts";
import { Ledger } from "./usage/ledger.ts";
import { Tokens } from "./upstream/auth/token.ts";
import { Looks } from "./upstream/quota/looks.ts";
import { ResetCredits } from "./upstream/quota/reset_credits.ts";
import { UsagePage } from "./upstream/quota/usage_page.ts";
import { UsageReads } from "./upstream/quota/usage_reads.ts";

export interface ComponentsOptions {
  readonly config: Config;
  readonly runtime: Runtime;
  readonly timeouts: Timeouts;
  readonly bodies: BodyLimits;
  readonly watchTimes: WatchTimes;
  /** This program's version. */
  readonly version: string;
}

/** A server is a function from request to response. */
export type Routes = (request: Request) => Response | Promise<Response>;

/** Everything behind the listeners. */
export interface Components {
  readonly runtime: Runtime;
  readonly registry: Registry;
  readonly work: OpenWork;
  readonly selfWatch: SelfWatch;
  readonly public: Routes;
  readonly admin: Routes;
  /** To be called once both ports are bound. */
  readonly bound: (origins: Origins) => void;
  /** Ends the streams of those who watch. */
  readonly stopWatching: () => void;
  /** Waits for refreshes, so that no token is lost. */
  readonly refreshesSettled: () => Promise<void>;
  /** No page of usage is read any more; ends the read under way. */
  readonly stopLooking: () => Promise<void>;
  /** From now on no refresh token is sent. */
  readonly stopRefreshing: () => void;
  /** Saves what is not yet on disk, then closes the accounts dir. */
  readonly close: () => Promise<void>;
}

/** Loads the accounts and builds the components. The error says why not. */
export async function buildComponents(
  { config, runtime: outside, timeouts, bodies, watchTimes, version }:
    ComponentsOptions,
): Promise<Result<Components, string>> {
  const network = new Network(outside);
  const { runtime } = network;
  const { elapsed, log, now } = runtime;
  const started = momentOf(runtime);
  const { memory: state, unusable } = await loadState(
    config.accountsDir,
    now(),
  );
  const registry = new Registry({
    now,
    elapsed,
    policy: config.routingPolicy,
    affinity: config.affinity,
    log,
    random: runtime.random,
    state,
  });
  const store = await AccountStore.open({
    dir: config.accountsDir,
    registry,
    now,
    elapsed,
    after: runtime.after,
    log,
    graceMs: GRACE_MS,
  });
  if (!store.ok) return store;
  registry.restoreSessions();
  const stateKeeper = new StateKeeper({
    dir: config.accountsDir,
    registry,
    runtime,
  }, unusable);
  const watch = new FolderWatch({
    dir: config.accountsDir,
    after: runtime.after,
    scan: () => store.value.scan(),
    isPending: () =>
      registry.accounts().some(({ persistPending }) => persistPending),
    log,
  });
  const identity = identityOf(config.codexVersion, Deno.build);
  const tokens = new Tokens({
    runtime,
    store: store.value,
    issuer: config.authIssuer,
    identity: identity.short,
    timeoutMs: ISSUER_TIMEOUT_MS,
  });
  const counts = new TurnCounts();
  const recent = new RecentTurns();
  const ledger = new Ledger({ dir: config.accountsDir, runtime });
  const memory = new LoginMemory(runtime);
  const limits = poolLimits(() => poolFigures(registry, now()), now);
  const pages = {
    runtime,
    tokens,
    memory,
    upstream: config.upstream,
    identity: identity.full,
  };
  const page = new UsagePage(pages);
  const reads = new UsageReads({ runtime, registry, page, network });
  const looks = new Looks({ runtime, registry, reads, network });
  const resetCredits = new ResetCredits({ pages, clock: runtime, reads });
  registry.observer = looks;
  const isNormalized = config.fingerprintMode === "normalize";
  const forms = new ModelForms({
    pinned: config.requestForm === "auto" ? undefined : config.requestForm,
    isLite: async (slug) => isNormalized && await models.isLite(slug),
  });
  const dispatch: DispatchDeps = {
    runtime,
    forms,
    registry,
    tokens,
    counts,
    recent,
    ledger,
    outage: new Outage(runtime),
    memory,
    upstream: config.upstream,
    timeouts,
    poolLimits: limits,
  };
  const context: PrepareContext = {
    normalize: isNormalized,
    forms,
    identity: identity.full,
    newId: () => crypto.randomUUID(),
    sessionNames: {
      key: state.salt,
      startedAt: state.since,
    },
    parallelToolCalls: (slug) => models.parallelToolCalls(slug),
  };
  const { maxBodyBytes } = config;
  const intake: Intake = {
    budget: new BodyBudget(bodies.allBytes ?? roomForBodies(maxBodyBytes)),
    idleMs: bodies.idleMs,
    after: runtime.after,
  };
  const work = new OpenWork();
  const { unavailable } = config;
  const rendering: Rendering = (dialect) => ({
    dialect,
    stream: false,
    isMended: false,
    unavailable,
    now: runtime.now(),
    poolLines: limits.lines,
  });
  const selfWatch = new SelfWatch({
    runtime,
    dir: config.accountsDir,
    work,
    budget: intake.budget,
    times: watchTimes,
  });
  const models = new Models({
    clock: runtime,
    fetch: () =>
      fetchModels(config.codexVersion, context, { ...dispatch, work }),
  });
  let origins: Origins | undefined;
  const status = {
    runtime,
    registry,
    tokens,
    counts,
    work,
    intake,
    selfWatch,
    forms,
    usageReads: reads.outcomes,
    about: {
      version,
      codexVersion: config.codexVersion,
      started,
      accountsDir: config.accountsDir,
    },
  };
  let views: Views | undefined;
  let isStopping = false;
  return ok({
    runtime,
    registry,
    work,
    selfWatch,
    public: publicRoutes({
      run: { dispatch, models, work, rendering },
      websocket: {
        upstream: { ...dispatch, handshakes: new Handshakes() },
        prepare: context,
        intake,
        rendering,
      },
      prepare: context,
      maxBodyBytes,
      intake,
      pages: {
        registry,
        now,
        isModel: (name) => models.has(name),
        onPageAsked: () => looks.onPageAsked(),
      },
      onAsked: () => looks.asked(),
    }),
    admin: lazyRoutes(async () => {
      const { adminRoutes } = await import("./server/admin.ts");
      const { Views } = await import("./server/view/view_routes.ts");
      views = new Views({
        ...status,
        recent,
        network,
        origins: () => origins,
      });
      if (isStopping) views.close();
      return adminRoutes({
        ...status,
        ledger,
        store: store.value,
        accountsDir: config.accountsDir,
        saveSettings: () => stateKeeper.save(),
        looks,
        resetCredits,
        views,
      });
    }),
    bound: (found) => origins = found,
    stopWatching: () => {
      isStopping = true;
      views?.close();
    },
    refreshesSettled: () => tokens.settled(),
    stopRefreshing: () => tokens.stop(),
    stopLooking: () => looks.stop(),
    close: async () => {
      await looks.stop();
      // Tokens first: they matter most.
      await store.value.retryPending();
      await stateKeeper.close();
      await ledger.close();
      memory.clients.close();
      await selfWatch.close();
      await watch.close();
    },
  });
}
