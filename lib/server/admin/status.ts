/**
 * `GET /admin/status`: what the gateway as a whole is doing, and has done
 * since it started. Does not show single accounts (`account_view.ts` does).
 */
import type { Account } from "../../accounts/pool/account.ts";
import type { Registry } from "../../accounts/pool/registry.ts";
import { ageOf, type Moment } from "../../clock.ts";
import type { Counter } from "../../counter.ts";
import type { Intake } from "../../downstream/body.ts";
import type { FormName, ModelForms } from "../../downstream/openai/forms.ts";
import type { OpenWork } from "../../relay/open_work.ts";
import type { TurnCounts } from "../../relay/turn_counts.ts";
import type { Runtime } from "../../runtime.ts";
import type { Tokens } from "../../upstream/auth/token.ts";
import type { UsageOutcome } from "../../upstream/quota/usage_reads.ts";
import { ROUTING_STATES, routingState } from "./account_view.ts";
import { realDir } from "./pool_view.ts";
import type { ProblemKind, SelfWatch } from "../port/self_watch.ts";

/** What does not change while the gateway runs. */
export interface About {
  readonly version: string;
  /** The version of the official client that requests follow. */
  readonly codexVersion: string;
  readonly started: Moment;
  readonly accountsDir: string;
}

export interface StatusDeps {
  readonly runtime: Runtime;
  readonly registry: Registry;
  readonly tokens: Tokens;
  readonly usageReads: Counter<UsageOutcome>;
  readonly counts: TurnCounts;
  readonly work: OpenWork;
  readonly about: About;
  readonly intake: Intake;
  readonly selfWatch: SelfWatch;
  readonly forms: Pick<ModelForms, "learned">;
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
  /** Open event streams and websockets. */
  readonly streams: { readonly sse: number; readonly websocket: number };
  readonly memory: {
    readonly rss_bytes: number;
    readonly heap_used_bytes: number;
  };
  /** The budget for what callers have sent. */
  readonly bodies: {
    readonly held_bytes: number;
    readonly limit_bytes: number;
    /** Bodies and frames that there was no room for. */
    readonly refused: number;
  };
  readonly health: HealthView;
  /** The number of accounts, in all and by state. */
  readonly accounts: Readonly<Record<string, number>>;
  readonly routing_policy: string;
  /** Models that refused one form of an SDK caller's turn, and took this one. */
  readonly request_forms: Readonly<Record<string, FormName>>;
  readonly accounts_dir: string;
}

/** The state of the gateway's own process. */
export interface HealthView {
  readonly ok: boolean;
  /** In words; empty if all is well. */
  readonly problems: readonly string[];
  /** What each of them is about, for programs; in the same order. */
  readonly problem_kinds: readonly ProblemKind[];
  readonly ports: Readonly<Record<string, PortView>>;
  /** The longest time that the event loop was blocked, since the start. */
  readonly longest_stall_ms: number;
  /** The same within the last minute or two. */
  readonly recent_stall_ms: number;
  /** Null if the process cannot find out, or has not yet. */
  readonly descriptors: {
    /** The least number; null if unknown. */
    readonly in_use: number | null;
    readonly near_limit: boolean;
  } | null;
  readonly memory_limit_bytes: number;
  /** Errors that no code caught. */
  readonly uncaught: number;
}

export interface PortView {
  readonly listening: boolean;
  /** How often the runtime gave the listener up. */
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
    request_forms: deps.forms.learned,
    accounts_dir: await realDir(about.accountsDir),
  };
}

function healthView({ runtime, selfWatch }: StatusDeps): HealthView {
  const { problems, ports, stalls, descriptors, memoryLimit } =
    selfWatch.health;
  return {
    ok: problems.length === 0,
    problems: problems.map(({ text }) => text),
    problem_kinds: problems.map(({ kind }) => kind),
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

/** A duplicate counts as such whatever its state, because it never serves. */
export function accountsByState(
  accounts: readonly Account[],
  now: number,
): ReadonlyMap<string, number> {
  const states = new Map<string, number>();
  for (const state of [...ROUTING_STATES, "duplicate"]) states.set(state, 0);
  for (const account of accounts) {
    const state = account.state(now).state === "duplicate"
      ? "duplicate"
      : routingState(account, now);
    states.set(state, (states.get(state) ?? 0) + 1);
  }
  return states;
}
