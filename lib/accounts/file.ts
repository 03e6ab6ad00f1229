/**
 * Reads an account file, in our own layout or in that of Codex's `auth.json`
 * (C15). Writing one is `file_edit.ts`; nothing here touches the disk.
 */

import {
  type JsonObject,
  objectField,
  parseObject,
  stringField,
} from "../protocol/json.ts";
import { workspaceId } from "../protocol/jwt.ts";
import { tokenIn, tokenProblem } from "../protocol/token.ts";
import { err, ok, type Result } from "../result.ts";

/** An account as its file holds it. */
export interface AccountFile {
  /** `codex`: the tokens are under `tokens`. */
  readonly layout: "plain" | "codex";
  readonly refreshToken: string;
  readonly accessToken: string | undefined;
  readonly idToken: string | undefined;
  /** ChatGPT's id of the workspace, as Codex notes it. Read, never written. */
  readonly accountId: string | undefined;
  readonly label: string | undefined;
  readonly email: string | undefined;
  /** Hashes of the refresh tokens that this one has replaced, oldest first. */
  readonly previous: readonly string[];
}

/** How many replaced tokens a file remembers. */
export const MAX_PREVIOUS = 20;
/** An account file has no more than some tokens; this is something else. */
export const MAX_FILE_BYTES = 1024 * 1024;
export const TOO_LARGE = "file is larger than 1 MiB";

// A second mark is a character like any other.
const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

/** Reasons name the field and never quote a value. */
export function parseAccountFile(
  bytes: Uint8Array,
): Result<AccountFile, string> {
  if (bytes.byteLength > MAX_FILE_BYTES) return err(TOO_LARGE);
  if (isUtf16(bytes)) return err("file is UTF-16: save it as UTF-8");
  const object = parseObject(decoder.decode(withoutBom(bytes)));
  if (object === undefined) return err("file is not a JSON object");

  const tokens = objectField(object, "tokens");
  const own = optionalText(object, "refresh_token", "");
  const isCodex = tokens !== undefined && own.ok && own.value === undefined;
  return readFields(object, isCodex ? tokens : undefined);
}

/** Some editors put one; JSON must not have it (RFC 8259, section 8.1). */
export function withoutBom(bytes: Uint8Array): Uint8Array {
  const has = bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf;
  return has ? bytes.subarray(3) : bytes;
}

/** By its byte order mark: what a shell of Windows writes by default. */
function isUtf16([first, second]: Uint8Array): boolean {
  return (first === 0xff && second === 0xfe) ||
    (first === 0xfe && second === 0xff);
}

function readFields(
  object: JsonObject,
  tokens: JsonObject | undefined,
): Result<AccountFile, string> {
  const holder = tokens ?? object;
  const prefix = tokens === undefined ? "" : "tokens.";
  const fields = {
    refresh_token: optionalToken(holder, "refresh_token", prefix),
    access_token: optionalText(holder, "access_token", prefix),
    label: optionalText(object, "label", ""),
    email: optionalText(object, "email", ""),
  };
  for (const field of Object.values(fields)) if (!field.ok) return field;

  const refreshToken = valueOf(fields.refresh_token);
  if (refreshToken === undefined) {
    return err(`"${prefix}refresh_token" is missing or empty`);
  }
  return ok({
    layout: tokens === undefined ? "plain" : "codex",
    refreshToken,
    // A damaged one is worth nothing, and the refresh token gives another.
    accessToken: tokenIn(valueOf(fields.access_token)),
    idToken: tokenIn(stringField(holder, "id_token")),
    accountId: workspaceId(stringField(holder, "account_id")),
    label: valueOf(fields.label),
    email: valueOf(fields.email),
    previous: hashesIn(object["codaze_previous"]),
  });
}

/** What has other characters than a token has is damaged, and not sent. */
function optionalToken(
  object: JsonObject,
  key: string,
  prefix: string,
): Result<string | undefined, string> {
  const field = optionalText(object, key, prefix);
  if (!field.ok || field.value === undefined) return field;
  const problem = tokenProblem(field.value);
  return problem === undefined ? field : err(`"${prefix}${key}" ${problem}`);
}

/** Trimmed text; `null`, a missing member and blanks are all "not there". */
function optionalText(
  object: JsonObject,
  key: string,
  prefix: string,
): Result<string | undefined, string> {
  const value = Object.hasOwn(object, key) ? object[key] : undefined;
  if (value === undefined || value === null) return ok(undefined);
  if (typeof value !== "string") {
    return err(`"${prefix}${key}" must be a string`);
  }
  const text = value.trim();
  return ok(text === "" ? undefined : text);
}

function valueOf(
  field: Result<string | undefined, string>,
): string | undefined {
  return field.ok ? field.value : undefined;
}

/** What is no hash is left out: it can only fail to match. */
function hashesIn(value: unknown): readonly string[] {
  if (!Array.isArray(value)) return [];
  return value
    .filter((item): item is string =>
      typeof item === "string" && /^[0-9a-f]{64}$/.test(item)
    )
    .slice(-MAX_PREVIOUS);
}
