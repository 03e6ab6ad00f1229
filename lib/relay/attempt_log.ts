/**
 * Follows one request from account to account and logs each attempt, failover
 * and wait, and its beginning.
 *
 * Chooses no account and classifies no failure.
 */
import type { Account } from "../accounts/pool/account.ts";
import type { Lease } from "../accounts/pool/lease.ts";
import { type Moved, movedFrom, untilText } from "../accounts/pool/moved.ts";
import type { Endpoint } from "../downstream/prepared.ts";
import { describeFailure, type Failure } from "../failure/failure.ts";
import type { LogFields, Runtime } from "../runtime.ts";
import { modelName } from "../usage/figures.ts";
import type { Ledger } from "../usage/ledger.ts";
import type { Outage } from "./outage.ts";
import type { RecentTurns } from "./recent_turns.ts";
import type { TurnCounts } from "./turn_counts.ts";

export interface AttemptLogDeps {
  readonly runtime: Runtime;
  readonly counts: TurnCounts;
  readonly ledger: Pick<Ledger, "add">;
  readonly outage: Outage;
  readonly recent: RecentTurns;
}

/** How log lines name a request. */
export interface RequestName {
  readonly request: string;
  readonly endpoint: Endpoint;
  /** Whether it opens a websocket, before there is a turn. */
  readonly handshake?: true;
}

export class AttemptLog {
  readonly #name: RequestName;
  readonly #deps: AttemptLogDeps;
  readonly #model: string | undefined;
  #lease: Lease | undefined;
  #startedAt = 0;
  #attempts = 0;
  #failed: Failure["kind"] | undefined;
  #failedOver: Moved | undefined;

  /** `model`: as the caller wrote it. */
  constructor(name: RequestName, deps: AttemptLogDeps, model?: string) {
    this.#name = name;
    this.#deps = deps;
    this.#model = model;
  }

  /** The account of the latest attempt. */
  get account(): Account | undefined {
    return this.#lease?.account;
  }

  /** Whether the latest attempt has moved the session to its account. */
  get hasMoved(): boolean {
    return this.#lease?.hasMoved ?? false;
  }

  /** The lease of the latest attempt. */
  get lease(): Lease | undefined {
    return this.#lease;
  }

  /** Why another account serves than the session's home, or the first asked. */
  get moved(): Moved | undefined {
    return this.#failedOver ?? this.#lease?.moved;
  }

  get attempts(): number {
    return this.#attempts;
  }

  /** An attempt on the account of this lease begins. */
  begins(lease: Lease): void {
    const { runtime, counts } = this.#deps;
    const { account } = lease;
    const from = this.account;
    this.#lease = lease;
    this.#startedAt = runtime.elapsed();
    this.#attempts++;
    if (from === undefined) this.#began(account);
    if (from === undefined || from === account) return;
    counts.failedOver();
    const reason = this.#failed ?? "failed";
    const scope = { model: this.#model };
    const moved = movedFrom(from, reason, runtime.now(), scope);
    this.#failedOver ??= moved;
    runtime.log.info("failover", {
      ...this.#name,
      from: nameOf(from),
      to: nameOf(account),
      after: this.#failed,
      until: untilText(moved),
    });
  }

  /** The request waits for this account's limit to end. */
  waits(account: Account, ms: number): void {
    this.#deps.runtime.log.info("waiting for a short limit", {
      ...this.#name,
      account: nameOf(account),
      ms: Math.ceil(ms),
    });
  }

  /** `answer`: the kind of answer, in one word. */
  answered(answer: string): void {
    this.#deps.outage.answered();
    this.#deps.runtime.log.debug("attempt", this.#fields(answer));
  }

  failed(failure: Failure): void {
    const { outage, runtime: { log } } = this.#deps;
    this.#failed = failure.kind;
    outage.attemptFailed(failure);
    const fields = this.#fields(failure.kind);
    // Callers may leave at any time, so this is not worth a warning.
    if (failure.kind === "caller_gone") return log.debug("attempt", fields);
    const reason = this.describe(failure);
    if (failure.kind === "request_rejected") {
      return log.info("attempt", { ...fields, reason });
    }
    log.warn("attempt", { ...fields, reason });
  }

  /** The failure in one line, without the tokens of the latest account. */
  describe(failure: Failure): string {
    return this.account?.describe(failure) ?? describeFailure(failure);
  }

  #began(account: Account): void {
    const { endpoint, handshake } = this.#name;
    if (handshake) return;
    const isTurn = endpoint === "responses";
    this.#deps.runtime.log.debug(isTurn ? "turn begins" : "request begins", {
      ...this.#name,
      account: nameOf(account),
      model: this.#model && modelName(this.#model),
    });
  }

  #fields(outcome: string): LogFields {
    return {
      ...this.#name,
      attempt: this.#attempts,
      account: nameOf(this.account),
      outcome,
      ms: Math.round(this.#deps.runtime.elapsed() - this.#startedAt),
    };
  }
}

/** The name that a person knows the account by. */
export function nameOf(account: Account | undefined): string | undefined {
  return account?.label ?? account?.id;
}
