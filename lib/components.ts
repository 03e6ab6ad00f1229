/**
 * Builds the components of a gateway and gives each what it needs.
 *
 * Binds nothing; `gateway.ts` puts the listeners in front.
 */
import { Registry } from "./accounts/pool/registry.ts";
import { loadState, StateKeeper } from "./accounts/state/state_keeper.ts";
import { AccountStore } from "./accounts/store.ts";
import { FolderWatch } from "./accounts/sync/watch.ts";
import { momentOf } from "./clock.ts";
import type { Config } from "./config/config.ts";
import type { Intake } from "./downstream/body.ts";
import {
  BodyBudget,
  type BodyLimits,
  roomForBodies,
} from "./downstream/body_budget.ts";
import { LaterServing } from "./later_serving.ts";
import { GRACE_MS } from "./limits.ts";
import type { Timeouts } from "./relay/attempt.ts";
import { OpenWork } from "./relay/open_work.ts";
import { ok, type Result } from "./result.ts";
import type { Runtime } from "./runtime.ts";
import type { Router } from "./server/port/route.ts";
import { SelfWatch, type WatchTimes } from "./server/port/self_watch.ts";
import type { Origins } from "./server/view/view.ts";
import { Network } from "./upstream/network.ts";
import { Ledger } from "./usage/ledger.ts";

export interface ComponentsOptions {
  readonly config: Config;
  readonly runtime: Runtime;
  readonly timeouts: Timeouts;
  readonly bodies: BodyLimits;
  readonly watchTimes: WatchTimes;
  /** This program's version. */
  readonly version: string;
}

/** Everything behind the listeners. */
export interface Components {
  readonly runtime: Runtime;
  readonly registry: Registry;
  readonly work: OpenWork;
  readonly selfWatch: SelfWatch;
  readonly public: Router;
  readonly admin: Router;
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
  const { maxBodyBytes } = config;
  const intake: Intake = {
    budget: new BodyBudget(bodies.allBytes ?? roomForBodies(maxBodyBytes)),
    idleMs: bodies.idleMs,
    after: runtime.after,
  };
  const work = new OpenWork();
  const ledger = new Ledger({ dir: config.accountsDir, runtime });
  const selfWatch = new SelfWatch({
    runtime,
    dir: config.accountsDir,
    work,
    budget: intake.budget,
    times: watchTimes,
  });
  let origins: Origins | undefined;
  const serving = new LaterServing({
    config,
    network,
    registry,
    store: store.value,
    stateKeeper,
    sessionNames: { key: state.salt, startedAt: state.since },
    ledger,
    intake,
    work,
    selfWatch,
    timeouts,
    version,
    started,
    origins: () => origins,
  });
  return ok({
    runtime,
    registry,
    work,
    selfWatch,
    public: (request, requestId) => serving.public(request, requestId),
    admin: (request, requestId) => serving.admin(request, requestId),
    bound: (found) => origins = found,
    stopWatching: () => serving.stopWatching(),
    refreshesSettled: () => serving.refreshesSettled(),
    stopRefreshing: () => serving.stopRefreshing(),
    stopLooking: () => serving.stopLooking(),
    close: async () => {
      await serving.stopLooking();
      // Tokens first: they matter most.
      await store.value.retryPending();
      await stateKeeper.close();
      await ledger.close();
      await serving.close();
      await selfWatch.close();
      await watch.close();
    },
  });
}
