/**
 * Writes what we know into the text of an account file and leaves every other
 * byte alone: unknown keys, their order and the spacing are the user's. Touches
 * no disk.
 */

import { concat } from "@std/bytes";
import {
  editObject,
  memberOf,
  type ObjectScan,
  scanObject,
} from "../../protocol/json_edit.ts";
import { err, ok, type Result } from "../../result.ts";
import { type AccountFile, withoutBom } from "./file.ts";

type Bytes = Uint8Array<ArrayBuffer>;

/** Values by key; undefined removes the member. */
export type Values = Readonly<Record<string, unknown>>;

/** A new file in our own layout. */
export function newAccountFile(file: AccountFile): Bytes {
  const text = JSON.stringify(
    {
      refresh_token: file.refreshToken,
      label: file.label,
      email: file.email,
      access_token: file.accessToken,
      id_token: file.idToken,
      codaze_previous: file.previous.length === 0 ? undefined : file.previous,
    },
    null,
    2,
  );
  return new TextEncoder().encode(text + "\n");
}

/**
 * `bytes` with the tokens of `file`, in its layout.
 *
 * The plain layout also gets the email of `file`, if there is one. Codex's
 * layout gets `last_refresh` from `now` (ms since the epoch).
 */
export function withTokens(
  bytes: Uint8Array,
  file: AccountFile,
  now: number,
): Result<Bytes, string> {
  const previous = file.previous.length === 0 ? undefined : file.previous;
  const tokens = tokenValues(file);
  if (file.layout === "plain") {
    return withValues(bytes, { ...tokens, codaze_previous: previous });
  }
  const inner = editMember(withoutBom(bytes), "tokens", tokens);
  if (!inner.ok) return inner;
  return withValues(inner.value, {
    last_refresh: new Date(now).toISOString(),
    codaze_previous: previous,
  });
}

function tokenValues(file: AccountFile): Values {
  const values: Record<string, unknown> = { refresh_token: file.refreshToken };
  if (file.accessToken !== undefined) values["access_token"] = file.accessToken;
  if (file.idToken !== undefined) values["id_token"] = file.idToken;
  if (file.layout === "plain" && file.email !== undefined) {
    values["email"] = file.email;
  }
  return values;
}

/** `bytes` with these members at the top level. */
export function withValues(
  bytes: Uint8Array,
  values: Values,
): Result<Bytes, string> {
  const text = withoutBom(bytes);
  const scan = scanObject(text);
  if (!scan.ok) return err("file is not a JSON object");
  return ok(edit(text, scan.value, values));
}

/** `bytes` with these members in the object that is the value of `key`. */
function editMember(
  bytes: Uint8Array,
  key: string,
  values: Values,
): Result<Bytes, string> {
  const outer = scanObject(bytes);
  if (!outer.ok) return err("file is not a JSON object");
  const member = memberOf(outer.value, key);
  if (member === undefined) return err(`"${key}" is missing`);

  const inside = bytes.slice(member.valueStart, member.valueEnd);
  const inner = scanObject(inside);
  if (!inner.ok) return err(`"${key}" is not an object`);

  // Decoding to text would change bytes that are not UTF-8.
  return ok(concat([
    bytes.subarray(0, member.valueStart),
    edit(inside, inner.value, values),
    bytes.subarray(member.valueEnd),
  ]));
}

function edit(bytes: Uint8Array, scan: ObjectScan, values: Values): Bytes {
  const edits = new Map<string, string | undefined>();
  for (const [key, value] of Object.entries(values)) {
    const text = value === undefined ? undefined : JSON.stringify(value);
    edits.set(key, text);
  }
  return editObject(bytes, scan, edits);
}
