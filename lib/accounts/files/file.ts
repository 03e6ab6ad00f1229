/**
 * Reads an account file, in our own layout or in that of Codex's `auth.json`
 * (docs/client.md, "The file auth.json"). Touches no disk; `file_edit.ts` makes
 * the text of a file.
 */

import { MAX_ACCOUNT_FILE_BYTES, MAX_PREVIOUS } from "../../limits.ts";
import {
  type JsonObject,
  objectField,
  parseObject,
  stringField,
} from "../../protocol/json.ts";
import { workspaceId } from "../../protocol/jwt.ts";
import { tokenIn, tokenProblem } from "../../protocol/token.ts";
import { err, ok, type Result } from "../../result.ts";

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

export const TOO_LARGE = "file is larger than 1 MiB";

// `withoutBom` removes one byte order mark; a second one is text.
const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

/** Errors name the field and never quote a value: it may be a token. */
export function parseAccountFile(
  bytes: Uint8Array,
): Result<AccountFile, string> {
  const text = textOfFile(bytes);
  if (!text.ok) return text;
  const object = parseObject(text.value);
  if (object === undefined) return err("file is not a JSON object");

  const tokens = objectField(object, "tokens");
  const own = optionalText(object, "refresh_token", "");
  const isCodex = tokens !== undefined && own.ok && own.value === undefined;
  return readFields(object, isCodex ? tokens : undefined);
}

/** The text of what may be an account file. */
export function textOfFile(bytes: Uint8Array): Result<string, string> {
  if (bytes.byteLength > MAX_ACCOUNT_FILE_BYTES) return err(TOO_LARGE);
  if (isUtf16(bytes)) return err("file is UTF-16: save it as UTF-8");
  return ok(decoder.decode(withoutBom(bytes)));
}

/**
 * Some editors write a byte order mark, which JSON forbids (RFC 8259, section
 * 8.1).
 */
export function withoutBom(bytes: Uint8Array): Uint8Array {
  const has = bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf;
  return has ? bytes.subarray(3) : bytes;
}

/** By its byte order mark. Windows PowerShell writes UTF-16 by default. */
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
    // A damaged access token is dropped: a refresh gives a new one.
    accessToken: tokenIn(valueOf(fields.access_token)),
    idToken: tokenIn(stringField(holder, "id_token")),
    accountId: workspaceId(stringField(holder, "account_id")),
    label: valueOf(fields.label),
    email: valueOf(fields.email),
    previous: hashesIn(object["codaze_previous"]),
  });
}

/** An error for characters that no token has: such a token is damaged. */
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

/** Trimmed text; undefined for `null`, blanks and a missing member. */
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

/** Leaves out what is not a hash: it could never match. */
function hashesIn(value: unknown): readonly string[] {
  if (!Array.isArray(value)) return [];
  return value
    .filter((item): item is string =>
      typeof item === "string" && /^[0-9a-f]{64}$/.test(item)
    )
    .slice(-MAX_PREVIOUS);
}
