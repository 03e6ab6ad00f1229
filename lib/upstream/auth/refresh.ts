/**
 * Spends a refresh token so that no login is lost: takes the token's lock,
 * reads the account file again, notes the intent on disk, sends the token, and
 * saves the new tokens.
 *
 * Any step may be the last before a crash. `accounts/refresh/journal.ts` tells what is
 * left on disk then; the next refresh, or the next start, goes on from there.
 */
import type { Account, Credential } from "../../accounts/pool/account.ts";
import type {
  GrantedTokens,
  JournalEntry,
} from "../../accounts/refresh/journal.ts";
import { noteSpent, retire, SPENT } from "../../accounts/refresh/spent.ts";
import type { AccountStore } from "../../accounts/store.ts";
import { tokenHash } from "../../accounts/files/digest.ts";
import type { Failure } from "../../failure/failure.ts";
import { DISK_RETRY_MS, MAX_GRANTS, MAX_REFRESH_ROUNDS } from "../../limits.ts";
import type { HeaderLine } from "../../protocol/headers.ts";
import { err, ok, type Result } from "../../result.ts";
import type { Runtime } from "../../runtime.ts";
import { askGrant } from "./ask.ts";
import {
  buildGrant,
  type GrantAnswer,
  type GrantOutcome,
  type RefreshReason,
} from "./grant.ts";

const INTERRUPTED = "a refresh was interrupted, so its token is sent once more";
const DEAD = "the refresh token is dead, so a person must sign in again";
const ROTATION_LOST =
  "the auth server gave an unusable refresh token: run codaze login";
const ANSWER_LOST =
  "the answer to an earlier refresh was lost, so a person must sign in again";

export interface RefreshDeps {
  readonly runtime: Runtime;
  readonly store: AccountStore;
  readonly issuer: URL;
  readonly identity: readonly HeaderLine[];
  /** How long the token endpoint may take. */
  readonly timeoutMs: number;
}

export interface RefreshRequest extends RefreshDeps {
  readonly reason: RefreshReason;
  /** Whether no token may be sent any more: a stop would not wait for it. */
  readonly isStopping: () => boolean;
  /** Called with each credential that the server has just granted. */
  readonly onGrant: (credential: Credential) => void;
  /** Whether another process's credential makes this refresh needless. */
  readonly suffices: (held: Credential) => boolean;
}

type Refreshed = Result<Credential, Failure>;

/** How a round ended; `again`: the account has another token now. */
type Round = Refreshed | "again";

export async function refresh(
  account: Account,
  request: RefreshRequest,
): Promise<Refreshed> {
  let grants = 0;
  for (
    let round = 0;
    round < MAX_REFRESH_ROUNDS && grants < MAX_GRANTS;
    round++
  ) {
    const sent = account.refreshToken;
    const opened = await request.store.openJournal(account);
    if (!opened.ok) return unspent(opened.error);

    using entry = opened.value;
    const found = await lookAgain(account, { sent, entry }, request);
    // This token will not be sent, so its side file is not needed any more.
    if (found && isOver(account, { sent, entry })) {
      const isReplaced = entry.record !== undefined &&
        account.file.previous.includes(tokenHash(sent));
      await (isReplaced ? retire(entry) : entry.clear());
    }
    if (found === "again") continue;
    if (found !== undefined) return found;
    if (request.isStopping()) {
      if (entry.record === undefined) await entry.clear();
      return unspent("the gateway is stopping");
    }

    grants++;
    const spent = await spend(account, { sent, entry }, request);
    if (spent !== "again") return spent;
  }
  return notRefreshed({ message: "the refresh token keeps changing" });
}

/** A token and its side file, locked. */
interface Held {
  readonly sent: string;
  readonly entry: JournalEntry;
}

/** What other processes have settled; undefined: send the token. */
async function lookAgain(
  account: Account,
  { sent, entry }: Held,
  { store, suffices }: RefreshRequest,
): Promise<Round | undefined> {
  // If the file cannot be read, a new token could not be saved, either.
  const there = await store.readAgain(account);
  if (!there.ok && !account.isInvalid) return unspent(there.error);
  // It became invalid after this caller chose it.
  if (account.isInvalid) return invalid(account.history.lastError ?? DEAD);
  const granted = entry.record?.granted;
  const taken = granted !== undefined && account.refreshToken === sent;
  if (taken) await store.takeGranted(account, { sent, granted, entry });

  const { credential } = account;
  if (credential && suffices(credential)) return ok(credential);
  // Taking over granted tokens removed the side file, and so its lock.
  if (account.refreshToken !== sent || taken) return "again";
  // The file was put back from a backup: this token is spent.
  if (!await store.isSpent(sent)) return undefined;
  store.refuse(account, SPENT);
  return invalid(SPENT);
}

/** Whether the side file is obsolete: empty, or about a former token. */
function isOver(account: Account, { sent, entry }: Held): boolean {
  const { record } = entry;
  if (record === undefined) return true;
  return record.granted === undefined && account.refreshToken !== sent;
}

async function spend(
  account: Account,
  { sent, entry }: Held,
  request: RefreshRequest,
): Promise<Round> {
  const { runtime, issuer, identity, reason } = request;
  if (entry.record !== undefined) {
    const { id, label } = account;
    runtime.log.warn(INTERRUPTED, { account: id, label });
  }
  const begun = await entry.begin(runtime.now());
  if (!begun.ok) return unspent(begun.error);

  const outcome = await askGrant(
    buildGrant(issuer, sent, { reason, identity }),
    { ...request, secrets: [sent] },
  );
  return await takeOutcome(account, { sent, entry, outcome }, request);
}

async function takeOutcome(
  account: Account,
  { sent, entry, outcome }: Held & { readonly outcome: GrantOutcome },
  { onGrant, runtime, store }: RefreshRequest,
): Promise<Round> {
  const wasUnclear = entry.record !== undefined;
  switch (outcome.kind) {
    case "granted": {
      const granted = keptTokens(sent, outcome.tokens);
      const { lostRotation } = outcome.tokens;
      // The access token still works until it expires.
      if (lostRotation) await noteSpent(entry.path);
      await store.takeGranted(account, { sent, granted, entry });
      if (lostRotation) store.refuse(account, ROTATION_LOST);
      const { credential } = account;
      // A new token is fresh by the server's clock, even if ours is ahead.
      const isNew = credential?.accessToken === granted.accessToken;
      const issuedAt = isNew ? credential?.claims.issuedAt : undefined;
      const now = issuedAt ?? runtime.now();
      const usable = credential && credential.expiresAt > now;
      // The new refresh token is saved even if the access token is damaged.
      if (!usable) {
        return notRefreshed({
          message: "token endpoint gave an access token that cannot be read",
        });
      }
      if (isNew) onGrant(credential);
      return ok(credential);
    }
    case "unclear":
      return notRefreshed(outcome);
    case "unsent":
      if (!wasUnclear) await entry.clear();
      return err({ kind: "transport", message: outcome.message });
    case "refused":
      if (!wasUnclear) await entry.clear();
      return notRefreshed(outcome);
    case "dead": {
      const lost = wasUnclear ? `; ${ANSWER_LOST}` : "";
      const message = outcome.message + lost;
      const trashed = await store.trash(account, message, sent);
      await entry.clear();
      if (trashed.ok && !trashed.value) return "again";
      return invalid(message);
    }
  }
}

/** Without a new refresh token, the one that was sent stays. */
function keptTokens(
  sent: string,
  { accessToken, idToken, refreshToken = sent }: GrantAnswer,
): GrantedTokens {
  return { accessToken, idToken, refreshToken };
}

/** The token was not sent: a new one could not be saved on disk. */
function unspent(reason: string): Result<never, Failure> {
  return notRefreshed({
    message: `the token was not refreshed: ${reason}`,
    retryAfterMs: DISK_RETRY_MS,
  });
}

/** A failure for now: the next account may serve. */
function notRefreshed(
  { message, retryAfterMs }: {
    readonly message: string;
    readonly retryAfterMs?: number | undefined;
  },
): Result<never, Failure> {
  return err({ kind: "not_refreshed", message, retryAfterMs });
}

function invalid(message: string): Result<never, Failure> {
  return err({ kind: "account_invalid", message });
}
