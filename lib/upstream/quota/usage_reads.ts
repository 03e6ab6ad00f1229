/**
 * All reads of pages of usage, whoever wants them: one at a time for the whole
 * process, applied to the account, and counted.
 */
import type { Account } from "../../accounts/pool/account.ts";
import type { PageRead } from "../../accounts/pool/lessons.ts";
import type { Registry } from "../../accounts/pool/registry.ts";
import { Counter } from "../../counter.ts";
import type { Runtime } from "../../runtime.ts";
import type { Network } from "../network.ts";
import type { UsagePage, UsageRead } from "./usage_page.ts";

export interface UsageReadsDeps {
  readonly runtime: Pick<Runtime, "now" | "log">;
  readonly registry: Registry;
  readonly page: UsagePage;
  readonly network: Network;
}

/** `endedBlock`: it has shown that a limit is free ahead of time. */
export type AppliedRead = UsageRead & { readonly endedBlock: boolean };

export type UsageOutcome = Exclude<UsageRead["kind"], "stopped">;

export class UsageReads {
  /** Outcomes of reads since the start. */
  readonly outcomes: Counter<UsageOutcome> = new Counter<UsageOutcome>([
    "read",
    "unreadable",
    "unreachable",
    "not_refreshed",
  ]);
  readonly #deps: UsageReadsDeps;
  readonly #stopping = new AbortController();
  /** Under way or waiting; whoever wants one of these gets the same. */
  readonly #flights = new Map<Account, Promise<AppliedRead>>();
  #last: Promise<unknown> = Promise.resolve();

  constructor(deps: UsageReadsDeps) {
    this.#deps = deps;
  }

  read(account: Account): Promise<AppliedRead> {
    const flying = this.#flights.get(account);
    if (flying) return flying;
    const flight = this.inTurn((signal) => this.#read(account, signal))
      .finally(() => this.#flights.delete(account));
    this.#flights.set(account, flight);
    return flight;
  }

  /** Runs `task` when nothing else is under way. Its signal means a stop. */
  inTurn<T>(task: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const { signal } = this.#stopping;
    const turn = this.#last.then(() => task(signal));
    this.#last = turn.catch(() => {});
    return turn;
  }

  /** Ends what is under way; resolves when nothing is. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#last;
  }

  async #read(account: Account, signal: AbortSignal): Promise<AppliedRead> {
    if (signal.aborted) return { kind: "stopped", endedBlock: false };
    const { runtime, registry, page, network } = this.#deps;
    const { record, signIns } = account;
    const askedAt = runtime.now();
    const read = await page.read(account, signal);
    if (read.kind === "stopped") return { ...read, endedBlock: false };
    this.outcomes.add(read.kind);
    if (read.kind === "unreachable") network.failed();
    if (read.kind !== "read") {
      runtime.log.info("the page of usage was not read", {
        account: account.id,
        label: account.label,
        reason: read.message,
      });
    }
    // Another person's page says nothing of this one.
    const isSame = account.record === record && account.signIns === signIns;
    const endedBlock = isSame &&
      registry.looked(account, asPageRead(read), askedAt);
    return { ...read, endedBlock };
  }
}

function asPageRead(read: Exclude<UsageRead, { kind: "stopped" }>): PageRead {
  switch (read.kind) {
    case "read":
    case "unreadable":
      return read;
    case "unreachable":
    case "not_refreshed":
      return { kind: "no_answer" };
  }
}
