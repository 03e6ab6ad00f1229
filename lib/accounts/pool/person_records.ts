/**
 * One record for each person and workspace, whichever files hold their logins.
 *
 * Records outlive their accounts, so that an account that comes back finds what
 * was known of it.
 */
import { hmacSha256 } from "../../protocol/sha256.ts";
import type { Account, Scope } from "./account.ts";
import type { PersonFacts, PersonRecord } from "./person_record.ts";
import { ownerOf } from "./pool.ts";

export class PersonRecords {
  readonly #salt: Uint8Array;
  readonly #records = new Map<string, PersonRecord>();
  /** Those of a run before, until their accounts turn up. */
  readonly #saved: Map<string, PersonFacts>;

  constructor(
    { salt, people }: {
      readonly salt: Uint8Array;
      readonly people: ReadonlyMap<string, PersonFacts>;
    },
  ) {
    this.#salt = salt;
    this.#saved = new Map(people);
  }

  /** Gives the accounts of one person the same record. */
  share(accounts: readonly Account[]): void {
    for (const account of accounts) {
      const key = this.keyOf(account);
      const known = this.#records.get(key);
      if (known !== undefined) {
        account.shares(known);
        continue;
      }
      const saved = this.#saved.get(key);
      if (saved) account.record.restore(saved);
      this.#saved.delete(key);
      this.#forget(account.record);
      this.#records.set(key, account.record);
    }
  }

  /** Its person was not known, or the file had another name. */
  #forget(record: PersonRecord): void {
    for (const [key, known] of this.#records) {
      if (known === record) this.#records.delete(key);
    }
  }

  /** Names the person without telling who it is. */
  keyOf(account: Account): string {
    const owner = ownerOf(account) ?? `file ${account.id}`;
    return hmacSha256(this.#salt, owner)
      .toBase64({ alphabet: "base64url", omitPadding: true });
  }

  /** What is known of each person, by key. */
  facts(): readonly (readonly [string, PersonFacts])[] {
    return [
      ...this.#saved,
      ...[...this.#records].map(([key, { facts }]) => [key, facts] as const),
    ];
  }

  /** The account whose block is the oldest of those that no page can test. */
  oldestUntested(
    accounts: readonly Account[],
    scope: Scope,
    now: number,
  ): Account | undefined {
    const untested = accounts.flatMap((account) => {
      const isUsable = account.duplicateOf === undefined &&
        account.isServing(now, scope) && !account.record.settings.paused;
      const block = isUsable
        ? account.record.blockOf(scope.model, now)
        : undefined;
      return block?.untested ? [{ account, since: block.since }] : [];
    });
    return untested.toSorted((a, b) => a.since - b.since)[0]?.account;
  }
}
