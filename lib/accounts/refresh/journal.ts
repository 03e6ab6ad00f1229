/**
 * The side file of a refresh token. Only the holder of its lock may spend the
 * token. After a crash at any moment, its contents tell the next holder how far
 * the refresh came.
 *
 * Line 1 is the intent, written before the token is sent. Line 2 has the new
 * tokens, until the account file has them. Does not decide which of the two
 * files counts: `recovery.ts` and `upstream/auth/refresh.ts` do.
 */

import { basename, dirname, join } from "@std/path";
import { lasts } from "../../clock.ts";
import {
  MAX_SIDE_FILE_BYTES,
  RESERVED_BYTES,
  UNDER_WAY_MS,
} from "../../limits.ts";
import { numberField, parseObject } from "../../protocol/json.ts";
import { tokenIn } from "../../protocol/token.ts";
import { err, ok, type Result } from "../../result.ts";
import { reasonOf, syncFolder } from "../files/durable.ts";
import { readRegularFile } from "../files/regular_file.ts";
import { type LockOptions, openLocked } from "../files/token_lock.ts";

/** Beside the real account file, which may be in another folder. */
export const JOURNAL_FOLDER = ".codaze-refresh";

/** The tokens that a refresh gave. */
export interface GrantedTokens {
  readonly refreshToken: string;
  /** Undefined if the server sent none, or none that can be decoded. */
  readonly accessToken: string | undefined;
  readonly idToken?: string | undefined;
}

/** The same, with the refresh token that was spent for them. */
export interface Rotation extends GrantedTokens {
  readonly from: string;
}

/** How far earlier refreshes with this token came. */
export interface JournalRecord {
  /** How many requests were sent without a known outcome. */
  readonly tries: number;
  readonly granted: GrantedTokens | undefined;
}

/** Where the side file of the token with this digest (hex) is. */
export function journalPath(folder: string, hash: string): string {
  return join(folder, JOURNAL_FOLDER, hash.slice(0, 32));
}

/** The side file of one token, open and locked. */
export class JournalEntry implements Disposable {
  readonly record: JournalRecord | undefined;
  readonly #file: Deno.FsFile;
  readonly #path: string;
  #intentBytes: number;

  private constructor(file: Deno.FsFile, path: string, text: string) {
    this.#file = file;
    this.#path = path;
    this.#intentBytes = text.indexOf("\n") + 1;
    this.record = parseRecord(text);
  }

  get path(): string {
    return this.#path;
  }

  /** Waits for the token's lock, then reads what was left there. */
  static async open(
    path: string,
    options: LockOptions,
  ): Promise<Result<JournalEntry, string>> {
    try {
      await makeSideFolder(dirname(path));
      const opened = await openLocked(path, options);
      if (!opened.ok) return opened;
      const file = opened.value;
      const text = await readText(file).catch((error) => {
        file.close();
        throw error;
      });
      return ok(new JournalEntry(file, path, text));
    } catch (error) {
      return err(`it cannot be noted on disk: ${reasonOf(error)}`);
    }
  }

  /** Notes, durably, that the token is about to be sent. `now` in ms. */
  async begin(now: number): Promise<Result<void, string>> {
    const intent = JSON.stringify({
      token_sha256: basename(this.#path),
      started_at: new Date(now).toISOString(),
      tries: (this.record?.tries ?? 0) + 1,
    });
    this.#intentBytes = intent.length + 1;
    const text = `${intent}\n`.padEnd(RESERVED_BYTES - 1) + "\n";
    const written = await this.#writeAt(0, text);
    if (written.ok) await syncFolder(dirname(this.#path));
    else if (this.record === undefined) await this.clear();
    return written;
  }

  /** Keeps, durably, what the account file does not have yet. */
  keep(tokens: GrantedTokens): Promise<Result<void, string>> {
    const { refreshToken, accessToken, idToken } = tokens;
    const text = JSON.stringify({
      refresh_token: refreshToken,
      access_token: accessToken,
      id_token: idToken,
    });
    return this.#writeAt(this.#intentBytes, `${text}\n`);
  }

  /** Removes the file: the outcome is known and saved. */
  async clear(): Promise<void> {
    await removeEntry(this.#path);
  }

  /** Releases the lock. */
  [Symbol.dispose](): void {
    this.#file.close();
  }

  async #writeAt(offset: number, text: string): Promise<Result<void, string>> {
    const bytes = new TextEncoder().encode(text);
    try {
      await this.#file.seek(offset, Deno.SeekMode.Start);
      for (let done = 0; done < bytes.byteLength;) {
        done += await this.#file.write(bytes.subarray(done));
      }
      await this.#file.sync();
      return ok(undefined);
    } catch (error) {
      return err(`it cannot be noted on disk: ${reasonOf(error)}`);
    }
  }
}

/** A side file as read without its lock. */
export interface PeekedEntry {
  readonly record: JournalRecord;
  /** When it was last written, in milliseconds since the epoch. */
  readonly writtenAt: number;
}

/** Takes no lock and changes nothing; undefined if there is no record. */
export async function peekEntry(
  path: string,
): Promise<PeekedEntry | undefined> {
  try {
    const read = await readRegularFile(path, MAX_SIDE_FILE_BYTES);
    if (read.kind !== "file") return undefined;
    const record = parseRecord(new TextDecoder().decode(read.bytes));
    if (record === undefined) return undefined;
    return { record, writtenAt: read.info.mtime?.getTime() ?? 0 };
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}

/** Whether the refresh may still be under way at `now`. */
export function isUnderWay({ writtenAt }: PeekedEntry, now: number): boolean {
  return lasts({ since: writtenAt, ms: UNDER_WAY_MS, now });
}

/** Ignores failures: the next start removes what is left. */
export async function removeEntry(path: string): Promise<void> {
  await Deno.remove(path).catch(() => {});
}

/** Does not make parents: they are missing if a disk is not mounted. */
export async function makeSideFolder(folder: string): Promise<void> {
  await Deno.mkdir(folder, { mode: 0o700 }).catch((error) => {
    if (!(error instanceof Deno.errors.AlreadyExists)) throw error;
  });
}

async function readText(file: Deno.FsFile): Promise<string> {
  const bytes = new Uint8Array(MAX_SIDE_FILE_BYTES);
  let length = 0;
  while (length < MAX_SIDE_FILE_BYTES) {
    const more = await file.read(bytes.subarray(length));
    if (more === null) break;
    length += more;
  }
  return new TextDecoder().decode(bytes.subarray(0, length));
}

/** If a crash cut off line 1, it counts as one try; line 2, as no tokens. */
export function parseRecord(text: string): JournalRecord | undefined {
  const [first = "", second = ""] = text.split("\n");
  if (first.trim() === "") return undefined;
  const granted = parseObject(second) ?? {};
  const refreshToken = tokenIn(granted["refresh_token"]);
  return {
    tries: numberField(parseObject(first) ?? {}, "tries") ?? 1,
    granted: refreshToken === undefined ? undefined : {
      refreshToken,
      accessToken: tokenIn(granted["access_token"]),
      idToken: tokenIn(granted["id_token"]),
    },
  };
}
