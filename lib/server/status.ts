/**
 * `GET /admin/status`: what the gateway as a whole is doing, and has done
 * since it started. Single accounts are `account_view.ts`.
 */
import type { Account } from "../accounts/account.ts";
import type { Registry } from "../accounts/registry.ts";
import { ageOf, type Moment } from "../clock.ts";
import type { Intake } from "../downstream/body.ts";
import type { OpenWork } from "../relay/open_work.ts";
import type { TurnCounts } from "../relay/turn_counts.ts";
import type { Runtime } from "../runtime.ts";
import type { Tokens } from "../upstream/token.ts";
import { ROUTING_STATES, routingState } from "./account_view.ts";
import { realDir } from "./pool_view.ts";
import type { SelfWatch } from "./self_watch.ts";

/** What does not change while the gateway runs. */
export interface About {
  readonly version: string;
  /** The official client that requests are measured against. */
  readonly codexVersion: string;
  readonly started: Moment;
  readonly accountsDir: string;
}

export interface StatusDeps {
  readonly runtime: Runtime;
  readonly registry: Registry;
  readonly tokens: Tokens;
  readonly counts: TurnCounts;
  readonly work: OpenWork;
  readonly about: About;
  readonly intake: Intake;
  readonly selfWatch: SelfWatch;
}

export interface StatusView {
  readonly version: string;
  readonly codex_version: string;
  /** RFC 3339, in UTC. */
  readonly started_at: string;
  readonly uptime_seconds: number;
  /** `total` is the sum of the others. */
  readonly turns: Readonly<Record<TurnKey, number>>;
  readonly failovers: number;
  readonly refreshes: { readonly total: number; readonly failed: number };
  /** Open ones. */
  readonly streams: { readonly sse: number; readonly websocket: number };
  readonly memory: {
    readonly rss_bytes: number;
    readonly heap_used_bytes: number;
  };
  /** What callers have sent and is held. */
  readonly bodies: {
    readonly held_bytes: number;
    readonly limit_bytes: number;
    /** Callers that were told to come back. */
    readonly refused: number;
  };
  readonly health: HealthView;
  /** How many, in all and by state. */
  readonly accounts: Readonly<Record<string, number>>;
  readonly routing_policy: string;
  readonly accounts_dir: string;
}

/** What the gateway finds when it looks at its own process. */
export interface HealthView {
  readonly ok: boolean;
  /** In words; empty where all is well. */
  readonly problems: readonly string[];
  readonly ports: Readonly<Record<string, PortView>>;
  /** How long the event loop has stood still, in milliseconds. */
  readonly longest_stall_ms: number;
  /** Within the last minute or two. */
  readonly recent_stall_ms: number;
  /** Null where the process cannot find out, or has not yet. */
  readonly descriptors: {
    /** At least. */
    readonly in_use: number | null;
    readonly near_limit: boolean;
  } | null;
  readonly memory_limit_bytes: number;
  /** Bugs that nobody caught. */
  readonly uncaught: number;
}

export interface PortView {
  readonly listening: boolean;
  /** How often the system took it away. */
  readonly losses: number;
}

type TurnKey =
  | "total"
  | "completed"
  | "failed"
  | "rejected"
  | "caller_gone"
  | "started_over"
  | "open";

export async function statusView(deps: StatusDeps): Promise<StatusView> {
  const { runtime, registry, tokens, counts, work, about } = deps;
  const { held, limit, refused } = deps.intake.budget;
  const now = runtime.now();
  const { rss, heapUsed } = runtime.memory();
  return {
    version: about.version,
    codex_version: about.codexVersion,
    started_at: new Date(about.started.now).toISOString(),
    uptime_seconds: Math.floor(ageOf(about.started, runtime) / 1000),
    turns: turns(counts),
    failovers: counts.failovers,
    refreshes: {
      total: tokens.outcomes.total,
      failed: tokens.outcomes.total - tokens.outcomes.get("success"),
    },
    streams: { sse: work.streams, websocket: work.sessions },
    memory: { rss_bytes: rss, heap_used_bytes: heapUsed },
    bodies: { held_bytes: held, limit_bytes: limit, refused },
    health: healthView(deps),
    accounts: {
      total: registry.accounts().length,
      ...Object.fromEntries(accountsByState(registry.accounts(), now)),
    },
    routing_policy: registry.policy,
    accounts_dir: await realDir(about.accountsDir),
  };
}

function healthView({ runtime, selfWatch }: StatusDeps): HealthView {
  const { problems, ports, stalls, descriptors, memoryLimit } =
    selfWatch.health;
  return {
    ok: problems.length === 0,
    problems,
    ports: Object.fromEntries(
      Object.entries(ports ?? {}).map(([name, { isListening, losses }]) => [
        name,
        { listening: isListening, losses },
      ]),
    ),
    longest_stall_ms: stalls.longestMs,
    recent_stall_ms: stalls.recentMs,
    descriptors: descriptors === undefined ? null : {
      in_use: descriptors.inUse ?? null,
      near_limit: descriptors.nearLimit,
    },
    memory_limit_bytes: memoryLimit,
    uncaught: runtime.uncaught.total,
  };
}

function turns(counts: TurnCounts): StatusView["turns"] {
  const parts = {
    completed: counts.ended("completed"),
    failed: counts.ended("failed"),
    rejected: counts.ended("rejected"),
    caller_gone: counts.ended("caller_gone"),
    started_over: counts.ended("started_over"),
    open: counts.open,
  };
  const total = Object.values(parts).reduce((sum, part) => sum + part, 0);
  return { total, ...parts };
}

/** A duplicate serves nobody, whatever its own state is. */
export function accountsByState(
  accounts: readonly Account[],
  now: number,
): ReadonlyMap<string, number> {
  const states = new Map<string, number>();
  for (const state of [...ROUTING_STATES, "duplicate"]) states.set(state, 0);
  for (const account of accounts) {
    const state = account.duplicateOf === undefined
      ? routingState(account, now)
      : "duplicate";
    states.set(state, (states.get(state) ?? 0) + 1);
  }
  return states;
}
