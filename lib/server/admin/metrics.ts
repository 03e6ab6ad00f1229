/**
 * `GET /admin/metrics`: the metrics and their names, which follow Prometheus
 * (prometheus.io, "Metric and label naming").
 *
 * Counts nothing itself. The number of series is bounded by the number of
 * accounts; an account is named by its id, never by an email or a token.
 */
import type { Account } from "../../accounts/pool/account.ts";
import type { Family, Sample } from "./exposition.ts";
import { byKey, counter, gauge, one } from "./family.ts";
import type { KeptServer } from "../port/kept_server.ts";
import {
  decisionFamilies,
  poolFamilies,
  quotaFamilies,
} from "./quota_metrics.ts";
import { accountsByState, type StatusDeps } from "./status.ts";

export function metricFamilies(deps: StatusDeps): readonly Family[] {
  const now = deps.runtime.now();
  return [
    ...processFamilies(deps),
    ...healthFamilies(deps),
    ...turnFamilies(deps),
    ...accountFamilies(deps.registry.accounts(), now),
    ...quotaFamilies(deps.registry.accounts(), now),
    ...poolFamilies(deps.registry.views(), now),
    ...decisionFamilies(deps.registry.decisions),
    counter(
      "codaze_refreshes_total",
      "Refreshes of access tokens.",
      byKey("outcome", deps.tokens.outcomes),
    ),
    counter(
      "codaze_usage_reads_total",
      "Reads of pages of usage.",
      byKey("outcome", deps.usageReads),
    ),
  ];
}

function processFamilies(
  { about, runtime, intake: { budget } }: StatusDeps,
): readonly Family[] {
  const { version, codexVersion } = about;
  const labels = { version, codex_version: codexVersion };
  return [
    gauge("codaze_build_info", "What is running; the value is always 1.", [
      { labels, value: 1 },
    ]),
    gauge(
      "process_start_time_seconds",
      "When the gateway was started, in seconds since the epoch.",
      one(about.started.now / 1000),
    ),
    gauge(
      "process_resident_memory_bytes",
      "Resident memory of the process.",
      one(runtime.memory().rss),
    ),
    gauge(
      "codaze_bodies_held_bytes",
      "What callers have sent and is held.",
      one(budget.held),
    ),
    gauge(
      "codaze_bodies_limit_bytes",
      "How much of that there is room for.",
      one(budget.limit),
    ),
    counter(
      "codaze_bodies_refused_total",
      "Bodies and frames that there was no room for.",
      one(budget.refused),
    ),
  ];
}

function healthFamilies(
  { runtime, selfWatch }: StatusDeps,
): readonly Family[] {
  const { problems, ports, stalls, descriptors, memoryLimit } =
    selfWatch.health;
  const perPort = (value: (server: KeptServer) => number) =>
    Object.entries(ports ?? {}).map(([port, server]) => ({
      labels: { port },
      value: value(server),
    }));
  const inUse = descriptors?.inUse;
  return [
    gauge(
      "codaze_healthy",
      "1 while the gateway finds nothing wrong with its own process.",
      one(Number(problems.length === 0)),
    ),
    gauge(
      "codaze_port_listening",
      "1 while a port is listened on.",
      perPort(({ isListening }) => Number(isListening)),
    ),
    counter(
      "codaze_port_losses_total",
      "How often the system took a port away.",
      perPort(({ losses }) => losses),
    ),
    gauge(
      "codaze_longest_stall_seconds",
      "The longest time that the event loop was blocked.",
      one(stalls.longestMs / 1000),
    ),
    gauge(
      "codaze_recent_stall_seconds",
      "The same, within the last minute or two.",
      one(stalls.recentMs / 1000),
    ),
    gauge(
      "process_open_fds",
      "Descriptors in use, at least.",
      inUse === undefined ? [] : one(inUse),
    ),
    gauge(
      "codaze_descriptors_near_limit",
      "1 while there are hardly any descriptors left.",
      descriptors === undefined ? [] : one(Number(descriptors.nearLimit)),
    ),
    gauge(
      "codaze_memory_limit_bytes",
      "Resident memory above this is a problem.",
      one(memoryLimit),
    ),
    counter(
      "codaze_uncaught_total",
      "Uncaught bugs.",
      byKey("kind", runtime.uncaught),
    ),
  ];
}

function turnFamilies({ counts, work }: StatusDeps): readonly Family[] {
  return [
    counter(
      "codaze_turns_total",
      "Turns that have ended.",
      Object.entries(counts.turns).flatMap(([transport, counter]) =>
        byKey("outcome", counter, { transport })
      ),
    ),
    counter(
      "codaze_tokens_total",
      "Tokens of turns and compactions, as upstream counts them.",
      byKey("kind", counts.tokens),
    ),
    gauge("codaze_open_turns", "Turns under way.", one(counts.open)),
    counter(
      "codaze_requests_total",
      "Requests other than turns that have ended.",
      [...counts.requests].flatMap(([endpoint, counter]) =>
        byKey("outcome", counter, { endpoint })
      ),
    ),
    counter(
      "codaze_failovers_total",
      "Moves of a request from one account to the next.",
      one(counts.failovers),
    ),
    gauge("codaze_open_streams", "Event streams and websockets of callers.", [
      { labels: { transport: "sse" }, value: work.streams },
      { labels: { transport: "websocket" }, value: work.sessions },
    ]),
    {
      name: "codaze_time_to_first_event_seconds",
      type: "histogram",
      help: "From a turn's arrival to its first event, failovers included.",
      samples: Object.entries(counts.firstEvent).map((
        [transport, histogram],
      ) => ({
        labels: { transport },
        cumulative: histogram.cumulative(),
        sum: histogram.sum,
      })),
    },
  ];
}

function accountFamilies(
  accounts: readonly Account[],
  now: number,
): readonly Family[] {
  const each = (value: (account: Account) => number): readonly Sample[] =>
    accounts.map((account) => ({
      labels: { account: account.id },
      value: value(account),
    }));
  return [
    gauge(
      "codaze_accounts",
      "Accounts by state.",
      [...accountsByState(accounts, now)].map(([state, value]) => ({
        labels: { state },
        value,
      })),
    ),
    counter(
      "codaze_attempts_total",
      "Attempts on an account, by what came of them.",
      accounts.flatMap((account) =>
        byKey("outcome", account.attempts, { account: account.id })
      ),
    ),
    gauge(
      "codaze_account_in_flight_requests",
      "Requests that an account is serving.",
      each((account) => account.inFlight),
    ),
    gauge(
      "codaze_account_cooldown_remaining_seconds",
      "Time until an account may serve again; 0 if it may serve now.",
      each((account) => cooldownMs(account, now) / 1000),
    ),
    gauge(
      "codaze_account_persist_pending",
      "1 while the disk refuses the refreshed tokens of an account.",
      each((account) => Number(account.persistPending)),
    ),
  ];
}

function cooldownMs(account: Account, now: number): number {
  const status = account.status(now);
  return status.state === "cooling" ? status.until - now : 0;
}
