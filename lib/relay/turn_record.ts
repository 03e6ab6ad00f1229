/**
 * The record of one turn, or of another request: counts and logs it once, when
 * it has ended, and tells the ledger what it has used.
 *
 * Logs nothing that the caller or the model wrote.
 */
import type { Outcome } from "../accounts/pool/lease.ts";
import type { PreparedRequest } from "../downstream/prepared.ts";
import type { Failure } from "../failure/failure.ts";
import type { LogFields } from "../runtime.ts";
import { modelName, type Usage } from "../usage/figures.ts";
import { AttemptLog, type AttemptLogDeps, nameOf } from "./attempt_log.ts";
import type { RecentTurn, ShownTurn } from "./recent_turns.ts";
import type { Transport, TurnOutcome } from "./turn_counts.ts";

/** How a request ended: like its last attempt, or told to start over. */
export type Ending = Outcome | { readonly kind: "started_over" };

export interface RecordOptions {
  /** How log lines name the request. */
  readonly request: string;
  readonly prepared: Pick<PreparedRequest, "endpoint" | "model">;
  readonly transport: Transport;
  /** Codex opens a session with it, before there is a prompt. */
  readonly isPrewarm?: boolean | undefined;
}

export class TurnRecord implements ShownTurn {
  place = 0;
  number = 0;
  readonly attemptLog: AttemptLog;
  readonly #options: RecordOptions;
  readonly #deps: AttemptLogDeps;
  readonly #startedAt: number;
  readonly #beganAt: number;
  #firstEventMs: number | undefined;
  #usage: Usage | undefined;
  #isOver = false;
  #over: Over | undefined;

  constructor(options: RecordOptions, deps: AttemptLogDeps) {
    const { request, prepared, transport, isPrewarm } = options;
    const { endpoint, model } = prepared;
    this.attemptLog = new AttemptLog({ request, endpoint }, deps, model);
    // A record outlives the request's body, which may be megabytes.
    this.#options = {
      request,
      prepared: { endpoint, model },
      transport,
      isPrewarm,
    };
    this.#deps = deps;
    this.#startedAt = deps.runtime.elapsed();
    this.#beganAt = deps.runtime.now();
    if (!this.#isTurn) return;
    deps.counts.turnBegan();
    deps.recent.began(this);
  }

  /** The turn as it stands, for a person. Has names and numbers only. */
  get shown(): RecentTurn {
    const { request, prepared: { model }, transport } = this.#options;
    const { account, lease, attempts, moved } = this.attemptLog;
    return {
      request,
      startedAt: this.#beganAt,
      model: modelName(model),
      transport,
      account: account?.id,
      label: account?.label,
      rule: lease?.rule,
      decision: lease?.decision,
      moved,
      attempts,
      firstEventMs: this.#firstEventMs,
      usage: this.#usage,
      ...this.#over,
    };
  }

  /** An event goes to the caller; only the first one is counted. */
  event(): void {
    if (this.#firstEventMs !== undefined) return;
    this.#firstEventMs = this.#ms;
    const { transport } = this.#options;
    if (transport === "http" || !this.#isTurn) return;
    this.#deps.counts.firstEvent[transport].observe(this.#firstEventMs / 1000);
  }

  /** What it has used, by its terminal event or its whole answer. */
  used(usage: Usage | undefined): void {
    this.#usage = usage;
  }

  /** Ends once; later calls are ignored. */
  ends(ending: Ending): void {
    if (this.#isOver) return;
    this.#isOver = true;
    const outcome = turnOutcomeOf(ending);
    this.#count(outcome);
    this.#keep(outcome);
    const failure = "failure" in ending ? ending.failure : undefined;
    if (this.#isTurn) this.#tellOutage(ending);
    this.#log(outcome, failure);
    this.#over = { outcome, failure: failure?.kind, ms: this.#ms };
    if (this.#isTurn) this.#deps.recent.ended(this);
  }

  get #ms(): number {
    return Math.round(this.#deps.runtime.elapsed() - this.#startedAt);
  }

  get #isTurn(): boolean {
    return this.#options.prepared.endpoint === "responses";
  }

  #count(outcome: TurnOutcome): void {
    const { counts } = this.#deps;
    const { prepared: { endpoint }, transport } = this.#options;
    if (!this.#isTurn) return counts.request(endpoint, outcome);
    counts.turnEnded(transport, outcome);
  }

  /** A turn that failed counts if upstream says what it has used. */
  #keep(outcome: TurnOutcome): void {
    const { counts, ledger } = this.#deps;
    const usage = this.#usage;
    const isTurn = this.#isTurn;
    const { account, hasMoved } = this.attemptLog;
    const isAnswered = usage !== undefined ||
      (isTurn && outcome === "completed");
    if (account === undefined || !isAnswered) return;
    if (usage !== undefined) counts.used(usage);
    const { model } = this.#options.prepared;
    ledger.add({ account, model, usage, isTurn, hasMoved });
  }

  #tellOutage(ending: Ending): void {
    const { outage } = this.#deps;
    if (ending.kind === "success") return outage.answered();
    if (ending.kind !== "failed") return;
    const { failure } = ending;
    outage.turnFailed(failure, () => this.attemptLog.describe(failure));
  }

  #log(outcome: TurnOutcome, failure: Failure | undefined): void {
    const { request, prepared, transport, isPrewarm } = this.#options;
    const { endpoint, model } = prepared;
    const { account, attempts } = this.attemptLog;
    const { log } = this.#deps.runtime;
    const fields: LogFields = {
      request,
      endpoint,
      transport,
      account: nameOf(account),
      model: model && modelName(model),
      prewarm: isPrewarm || undefined,
      outcome,
      first_event_ms: this.#firstEventMs,
      ms: this.#ms,
      attempts,
      input_tokens: this.#usage?.input,
      cached_tokens: this.#usage?.cached,
      output_tokens: this.#usage?.output,
    };
    const message = this.#isTurn ? "turn ended" : "request ended";
    // Every client fetches the models list when it starts.
    const isRoutine = endpoint === "models" && outcome === "completed";
    if (isRoutine) return log.debug(message, fields);
    if (outcome === "completed" || outcome === "caller_gone" || !failure) {
      return log.info(message, fields);
    }
    const why = {
      kind: failure.kind,
      reason: this.attemptLog.describe(failure),
      ...poolFields(failure),
    };
    if (outcome === "rejected") log.info(message, { ...fields, ...why });
    else log.warn(message, { ...fields, ...why });
  }
}

/** How a turn has ended. */
type Over = Pick<RecentTurn, "outcome" | "failure" | "ms">;

/** Why no account is left, and when one is back. */
function poolFields(failure: Failure): LogFields {
  if (failure.kind !== "no_account") return {};
  const { pool } = failure;
  const until = "readyAt" in pool
    ? new Date(pool.readyAt).toISOString()
    : undefined;
  return { pool: pool.state, until };
}

function turnOutcomeOf(ending: Ending): TurnOutcome {
  switch (ending.kind) {
    case "success":
      return "completed";
    case "released":
      return "caller_gone";
    case "started_over":
      return "started_over";
    case "failed":
    case "broke_off":
      return ofFailure(ending.failure);
  }
}

function ofFailure({ kind }: Failure): TurnOutcome {
  switch (kind) {
    case "caller_gone":
      return "caller_gone";
    case "request_rejected":
    case "no_websocket":
    case "too_large":
      return "rejected";
    case "access_token_rejected":
    case "rate_limited":
    case "quota_exhausted":
    case "risk_controlled":
    case "account_refused":
    case "unavailable":
    case "not_refreshed":
    case "edge_refused":
    case "no_answer":
    case "transport":
    case "timeout":
    case "account_invalid":
    case "no_account":
    case "stopping":
      return "failed";
  }
}
