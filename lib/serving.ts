/**
 * What serves turns and what tells of them: built with the first request that
 * needs it, so that a gateway that only waits is smaller and starts sooner.
 */
import { poolFigures } from "./accounts/pool/figures.ts";
import type { Registry } from "./accounts/pool/registry.ts";
import type { StateKeeper } from "./accounts/state/state_keeper.ts";
import type { AccountStore } from "./accounts/store.ts";
import type { Moment } from "./clock.ts";
import type { Config } from "./config/config.ts";
import type { Intake } from "./downstream/body.ts";
import type { PrepareContext } from "./downstream/normalize.ts";
import { ModelForms } from "./downstream/openai/forms.ts";
import { poolLimits } from "./downstream/pool_limits.ts";
import type { Rendering } from "./downstream/render.ts";
import { ISSUER_TIMEOUT_MS } from "./limits.ts";
import type { Timeouts } from "./relay/attempt.ts";
import type { DispatchDeps } from "./relay/dispatch.ts";
import { fetchModels } from "./relay/models_list.ts";
import type { OpenWork } from "./relay/open_work.ts";
import { Outage } from "./relay/outage.ts";
import { RecentTurns } from "./relay/recent_turns.ts";
import { TurnCounts } from "./relay/turn_counts.ts";
import { Handshakes } from "./relay/websocket/handshakes.ts";
import { lazyRoutes } from "./server/port/lazy_routes.ts";
import type { Router } from "./server/port/route.ts";
import type { SelfWatch } from "./server/port/self_watch.ts";
import { publicRoutes } from "./server/public.ts";
import type { Origins } from "./server/view/view.ts";
import type { Views } from "./server/view/view_routes.ts";
import { identityOf } from "./upstream/auth/identity.ts";
import { Tokens } from "./upstream/auth/token.ts";
import { LoginMemory } from "./upstream/login_memory.ts";
import { Models } from "./upstream/models.ts";
import type { Network } from "./upstream/network.ts";
import { Looks } from "./upstream/quota/looks.ts";
import { ResetCredits } from "./upstream/quota/reset_credits.ts";
import { UsagePage } from "./upstream/quota/usage_page.ts";
import { UsageReads } from "./upstream/quota/usage_reads.ts";
import type { Ledger } from "./usage/ledger.ts";

export interface ServingDeps {
  readonly config: Config;
  readonly network: Network;
  readonly registry: Registry;
  readonly store: AccountStore;
  readonly stateKeeper: StateKeeper;
  /** Names sessions; `startedAt` is when its key was made. */
  readonly sessionNames: PrepareContext["sessionNames"];
  readonly ledger: Ledger;
  readonly intake: Intake;
  readonly work: OpenWork;
  readonly selfWatch: SelfWatch;
  readonly timeouts: Timeouts;
  readonly version: string;
  /** When the gateway was started. */
  readonly started: Moment;
  /** Where both ports are, once they are bound. */
  readonly origins: () => Origins | undefined;
}

export interface Serving {
  readonly public: Router;
  readonly admin: Router;
  /** Ends the streams of those who watch. */
  readonly stopWatching: () => void;
  /** Waits for refreshes, so that no token is lost. */
  readonly refreshesSettled: () => Promise<void>;
  /** No page of usage is read any more; ends the read under way. */
  readonly stopLooking: () => Promise<void>;
  /** From now on no refresh token is sent. */
  readonly stopRefreshing: () => void;
  /** Closes the connections to upstream that are kept. */
  readonly close: () => void;
}

/** Sends nothing. */
export function buildServing(deps: ServingDeps): Serving {
  const { config, network, registry, ledger, intake, work } = deps;
  const { selfWatch, origins } = deps;
  const { runtime } = network;
  const { now } = runtime;
  const identity = identityOf(config.codexVersion, Deno.build);
  const tokens = new Tokens({
    runtime,
    store: deps.store,
    issuer: config.authIssuer,
    identity: identity.short,
    timeoutMs: ISSUER_TIMEOUT_MS,
  });
  const counts = new TurnCounts();
  const recent = new RecentTurns();
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
    timeouts: deps.timeouts,
    poolLimits: limits,
  };
  const context: PrepareContext = {
    normalize: isNormalized,
    forms,
    identity: identity.full,
    newId: () => crypto.randomUUID(),
    sessionNames: deps.sessionNames,
    parallelToolCalls: (slug) => models.parallelToolCalls(slug),
  };
  const { maxBodyBytes, unavailable } = config;
  const rendering: Rendering = (dialect) => ({
    dialect,
    stream: false,
    isMended: false,
    unavailable,
    now: runtime.now(),
    poolLines: limits.lines,
  });
  const models = new Models({
    clock: runtime,
    fetch: () =>
      fetchModels(config.codexVersion, context, { ...dispatch, work }),
  });
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
      version: deps.version,
      codexVersion: config.codexVersion,
      started: deps.started,
      accountsDir: config.accountsDir,
    },
  };
  let views: Views | undefined;
  let isStopping = false;
  return {
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
        origins,
      });
      if (isStopping) views.close();
      return adminRoutes({
        ...status,
        ledger,
        store: deps.store,
        accountsDir: config.accountsDir,
        saveSettings: () => deps.stateKeeper.save(),
        looks,
        resetCredits,
        views,
      });
    }),
    stopWatching: () => {
      isStopping = true;
      views?.close();
    },
    refreshesSettled: () => tokens.settled(),
    stopRefreshing: () => tokens.stop(),
    stopLooking: () => looks.stop(),
    close: () => memory.clients.close(),
  };
}
