/**
 * Takes in a login that a person hands over: scans the folder, decides
 * (`import.ts`), writes (`import_write.ts`), scans again.
 *
 * If the file of an existing account has to change, no process may refresh that
 * account meanwhile.
 */

import { MAX_IMPORT_ROUNDS } from "../../limits.ts";
import { err, ok, type Result } from "../../result.ts";
import type { Runtime } from "../../runtime.ts";
import { Account } from "../pool/account.ts";
import { takeSignIn } from "../sync/apply_file.ts";
import { lockAccountFile } from "../files/client_lock.ts";
import { readAccountFile } from "../files/folder.ts";
import {
  findByToken,
  type Import,
  type Imported,
  type ImportError,
  type ImportPlan,
  planImport,
} from "./import.ts";
import { problemOf, writeImport } from "./import_write.ts";
import type { JournalEntry } from "../refresh/journal.ts";
import type { ScannerOptions } from "../sync/scanner.ts";
import type { InOrder } from "./in_order.ts";
import { isSpent, SPENT_LOGIN } from "../refresh/spent.ts";

export interface ImportDeps extends ScannerOptions {
  readonly after: Runtime["after"];
  readonly inOrder: InOrder;
  /** Brings the registry in line with the folder. */
  readonly scan: () => Promise<void>;
  /** Waits for the lock of the account's refresh token. */
  readonly openJournal: (
    account: Account,
  ) => Promise<Result<JournalEntry, string>>;
}

type Done = Result<Imported, ImportError>;

export async function importLogin(
  request: Import,
  deps: ImportDeps,
): Promise<Done> {
  const login = { ...request, refreshToken: request.refreshToken.trim() };
  const problem = problemOf(login);
  if (problem !== undefined) return failed(problem, "unusable");

  for (let round = 0; round < MAX_IMPORT_ROUNDS; round++) {
    const done = await importOnce(login, deps);
    if (done !== undefined) return done;
  }
  return failed("the refresh token keeps changing");
}

function failed(
  message: string,
  kind: ImportError["kind"] = "failed",
): Result<never, ImportError> {
  return err({ kind, message });
}

async function importOnce(
  login: Import,
  deps: ImportDeps,
): Promise<Done | undefined> {
  const account = await deps.inOrder(async () => {
    const plan = await makePlan(login, deps);
    if ("account" in plan && !isHarmless(plan, login)) return plan.account;
    return await carryOut(plan, login, deps);
  });
  if (!(account instanceof Account)) return account;

  // First the lock, then the queue, in the same order as a refresh.
  const { refreshToken, fileName, file: { layout } } = account;
  const opened = await deps.openJournal(account);
  if (!opened.ok) return failed(opened.error);
  using entry = opened.value;
  const done = await deps.inOrder(async () => {
    // Keeps the official client from writing between our read and write.
    const target = { fileName, layout };
    using _client = await lockAccountFile(deps.dir, target, deps.after);
    const plan = await makePlan(login, deps);
    const same = "account" in plan && plan.account === account &&
      account.refreshToken === refreshToken &&
      account.fileName === fileName && account.file.layout === layout;
    return same ? await carryOut(plan, login, deps) : undefined;
  });
  if (entry.record === undefined) await entry.clear();
  return done;
}

async function makePlan(login: Import, deps: ImportDeps): Promise<ImportPlan> {
  await deps.scan();
  return planImport(deps.registry.accounts(), login);
}

/** Whether it changes no file that is there. */
function isHarmless(
  { disposition }: ImportPlan,
  { label, email }: Import,
): boolean {
  if (disposition === "added") return true;
  return disposition !== "signed_in" && label === undefined &&
    email === undefined;
}

async function carryOut(
  plan: ImportPlan,
  login: Import,
  { dir, registry, now, log, scan }: ImportDeps,
): Promise<Done> {
  const takesIt = plan.disposition === "added" ||
    plan.disposition === "signed_in";
  if (takesIt && await isSpent(dir, login.refreshToken)) {
    return failed(SPENT_LOGIN, "spent");
  }
  const options = { now: now(), log };
  const written = await writeImport(dir, { plan, login }, options);
  if (!written.ok) return failed(written.error);
  const { disposition } = plan;
  if (disposition === "signed_in" && !plan.account.trashed) {
    // The new login may have the earlier date: a scan alone would undo it.
    const there = await readAccountFile(dir, plan.account.fileName);
    const file = there?.parsed.ok ? there.parsed.value : undefined;
    const isIt = file?.refreshToken === login.refreshToken;
    if (isIt) takeSignIn(plan.account, file);
  }
  await scan();

  const account = "account" in plan
    ? plan.account
    : findByToken(registry.accounts(), login.refreshToken);
  if (account === undefined) {
    return failed("the imported file was removed meanwhile");
  }
  return ok({ account, alreadyExists: disposition !== "added", disposition });
}
