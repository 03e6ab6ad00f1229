/**
 * Gives an account another label, in its file.
 *
 * Under the same locks as a refresh: another process could otherwise write new
 * tokens between our read and our write, and lose them to it.
 */

import { join } from "@std/path";
import { MAX_IMPORT_ROUNDS, MAX_LABEL_CHARS } from "../../limits.ts";
import { cut } from "../../protocol/quote.ts";
import { err, ok, type Result } from "../../result.ts";
import type { Account } from "../pool/account.ts";
import { readAccountFile } from "../files/folder.ts";
import { withValues } from "../files/file_edit.ts";
import { writeReadable } from "../files/write_account.ts";
import type { ImportDeps } from "./import_login.ts";

export interface RenameError {
  /** `unusable`: the label is not one. `refused`: the account cannot have it. */
  readonly kind: "unusable" | "refused" | "failed";
  /** For a person. */
  readonly message: string;
}

export async function renameAccount(
  account: Account,
  given: string,
  deps: ImportDeps,
): Promise<Result<void, RenameError>> {
  const label = given.trim();
  const problem = problemOf(label) ?? refusalOf(account, label, deps);
  if (problem) return err(problem);

  for (let round = 0; round < MAX_IMPORT_ROUNDS; round++) {
    const done = await renameOnce(account, label, deps);
    if (done !== undefined) return done;
  }
  return failed("its refresh token keeps changing");
}

/** Undefined if the token was replaced before we had its lock. */
async function renameOnce(
  account: Account,
  label: string,
  deps: ImportDeps,
): Promise<Result<void, RenameError> | undefined> {
  // First the lock, then the queue, in the same order as a refresh.
  const { refreshToken } = account;
  const opened = await deps.openJournal(account);
  if (!opened.ok) return failed(opened.error);
  using entry = opened.value;
  const done = await deps.inOrder(async () => {
    await deps.scan();
    if (account.refreshToken !== refreshToken) return undefined;
    if (account.persistPending) {
      return failed("its new tokens are not on disk yet");
    }
    const refusal = refusalOf(account, label, deps);
    return refusal ? err(refusal) : await write(account, label, deps);
  });
  if (entry.record === undefined) await entry.clear();
  return done;
}

async function write(
  account: Account,
  label: string,
  { dir, scan }: ImportDeps,
): Promise<Result<void, RenameError>> {
  const found = await readAccountFile(dir, account.fileName);
  if (found === undefined) return failed("its file is gone");
  if (!found.parsed.ok) return failed(found.parsed.error);
  if (found.parsed.value.refreshToken !== account.refreshToken) {
    return failed("its file was replaced meanwhile");
  }
  const bytes = withValues(found.bytes, { label });
  if (!bytes.ok) return failed(bytes.error);
  const written = await writeReadable(join(dir, found.name), bytes.value);
  if (!written.ok) return failed(written.error);
  await scan();
  return ok(undefined);
}

function problemOf(label: string): RenameError | undefined {
  if (label === "") {
    return { kind: "unusable", message: "label must not be empty" };
  }
  if (label.length > MAX_LABEL_CHARS) {
    return {
      kind: "unusable",
      message: `label must have at most ${MAX_LABEL_CHARS} characters, and \`${
        cut(label)
      }\` has ${label.length}`,
    };
  }
  return undefined;
}

/** Why this account cannot have the label. */
function refusalOf(
  account: Account,
  label: string,
  { registry }: ImportDeps,
): RenameError | undefined {
  const refused = (message: string): RenameError => ({
    kind: "refused",
    message,
  });
  if (account.trashed) {
    return refused("it is signed out: codaze login --label names it anew");
  }
  // The official client writes this file as well, and keeps no label in it.
  if (account.file.layout === "codex") {
    return refused(
      `${account.fileName} is a file of Codex's, which has no room for a label: rename the file instead`,
    );
  }
  const isTaken = registry.accounts().some((other) =>
    other !== account && other.label?.toLowerCase() === label.toLowerCase()
  );
  return isTaken
    ? refused(`another account has the label \`${cut(label)}\``)
    : undefined;
}

function failed(message: string): Result<never, RenameError> {
  return err({ kind: "failed", message });
}
