/**
 * Spends a refresh token, once, so that no login is lost: under the token's
 * lock, after a second look at the account file, with a note on disk before
 * and the new tokens on disk behind it.
 *
 * Every step may be the last one before a crash; what each leaves behind is
 * told in `accounts/journal.ts`, and picked up here by whoever comes next.
 */
import type { Account, Credential } from "../accounts/account.ts";
import type { GrantedTokens, JournalEntry } from "../accounts/journal.ts";
import { noteSpent, retire, SPENT } from "../accounts/spent.ts";
import type { AccountStore } from "../accounts/store.ts";
import { tokenHash } from "../accounts/token_id.ts";
import type { Failure } from "../failure/failure.ts";
import type { HeaderLine } from "../protocol/headers.ts";
import { err, ok, type Result } from "../result.ts";
import type { Runtime } from "../runtime.ts";
import { askGrant } from "./ask_grant.ts";
import {
  buildGrant,
  type GrantAnswer,
  type GrantOutcome,
  type RefreshReason,
} from "./grant.ts";

/** The second is for a newer token that the file turned out to hold. */
const MAX_GRANTS = 2;
/** Another process may be at each token that this one finds. */
const MAX_ROUNDS = 8;
/** A disk may be fit again at any moment; nothing was sent meanwhile. */
const DISK_RETRY_MS = 5_000;

const INTERRUPTED = "a refresh was interrupted, so its token is sent once more";
const DEAD = "the refresh token is dead, so a person must sign in again";
const ROTATION_LOST =
  "the auth server gave a refresh token that nobody can keep: run codaze login";
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
  /** Whether a credential that another process has got makes ours needless. */
  readonly suffices: (held: Credential) => boolean;
}

type Refreshed = Result<Credential, Failure>;

/** How a round ended; `again`: the account has another token by now. */
type Round = Refreshed | "again";

export async function refresh(
  account: Account,
  request: RefreshRequest,
): Promise<Refreshed> {
  let grants = 0;
  for (let round = 0; round < MAX_ROUNDS && grants < MAX_GRANTS; round++) {
    const sent = account.refreshToken;
    const opened = await request.store.openJournal(account);
    if (!opened.ok) return unspent(opened.error);

    using entry = opened.value;
    const found = await lookAgain(account, { sent, entry }, request);
    // Nobody will spend this token: what waited for it made the file anew.
    if (found && isOver(account, { sent, entry })) {
      const isReplaced = entry.record !== undefined &&
        account.file.previous.includes(tokenHash(sent));
      await (isReplaced ? retire(entry) : entry.clear());
    }
    if (found === "again") continue;
    if (found !== undefined) return found;

    grants++;
    const spent = await spend(account, { sent, entry }, request);
    if (spent !== "again") return spent;
  }
  return unavailable({ message: "the refresh token keeps changing" });
}

/** A token and its side file, locked. */
interface Held {
  readonly sent: string;
  readonly entry: JournalEntry;
}

/** What others have done to the account; undefined: the token is to be spent. */
async function lookAgain(
  account: Account,
  { sent, entry }: Held,
  { store, suffices }: RefreshRequest,
): Promise<Round | undefined> {
  // A folder that is away for a moment could not take the new token either.
  const there = await store.readAgain(account);
  if (!there.ok && !account.isInvalid) return unspent(there.error);
  // Found dead after this caller had chosen it.
  if (account.isInvalid) return invalid(account.history.lastError ?? DEAD);
  const granted = entry.record?.granted;
  const taken = granted !== undefined && account.refreshToken === sent;
  if (taken) await store.takeGranted(account, { sent, granted, entry });

  const { credential } = account;
  if (credential && suffices(credential)) return ok(credential);
  // The side file of a token that was taken is gone, and its lock with it.
  if (account.refreshToken !== sent || taken) return "again";
  // The file has been put back from somewhere: this token had its use.
  if (!await store.isSpent(sent)) return undefined;
  store.refuse(account, SPENT);
  return invalid(SPENT);
}

/** Whether the side file tells nothing: no tokens, and not of this one. */
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
  return await settle(account, { sent, entry, outcome }, request);
}

async function settle(
  account: Account,
  { sent, entry, outcome }: Held & { readonly outcome: GrantOutcome },
  { runtime, store }: RefreshRequest,
): Promise<Round> {
  const wasUnclear = entry.record !== undefined;
  switch (outcome.kind) {
    case "granted": {
      const granted = keptTokens(sent, outcome.tokens);
      const { lostRotation } = outcome.tokens;
      // The access token is good for as long as it lasts.
      if (lostRotation) await noteSpent(entry.path);
      await store.takeGranted(account, { sent, granted, entry });
      if (lostRotation) store.refuse(account, ROTATION_LOST);
      const { credential } = account;
      const usable = credential && credential.expiresAt > runtime.now();
      // A rotated refresh token is saved even when nobody can read the rest.
      return usable ? ok(credential) : unavailable({
        message: "token endpoint gave an access token that cannot be read",
      });
    }
    case "unclear":
      return unavailable(outcome);
    case "unsent":
      if (!wasUnclear) await entry.clear();
      return err({ kind: "transport", message: outcome.message });
    case "refused":
      if (!wasUnclear) await entry.clear();
      return unavailable(outcome);
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

/** What the server did not send stays as it was (B4g). */
function keptTokens(
  sent: string,
  { accessToken, idToken, refreshToken = sent }: GrantAnswer,
): GrantedTokens {
  return { accessToken, idToken, refreshToken };
}

/** A token is not spent that could not be replaced on disk. */
function unspent(reason: string): Result<never, Failure> {
  return unavailable({
    message: `the token was not refreshed: ${reason}`,
    retryAfterMs: DISK_RETRY_MS,
  });
}

/** The token endpoint will not, for now: the next account may serve. */
function unavailable(
  { message, retryAfterMs }: {
    readonly message: string;
    readonly retryAfterMs?: number | undefined;
  },
): Result<never, Failure> {
  return err({ kind: "unavailable", message, retryAfterMs, answer: undefined });
}

function invalid(message: string): Result<never, Failure> {
  return err({ kind: "account_invalid", message });
}
