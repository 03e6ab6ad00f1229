/**
 * Marks a file as made by Codaze, so that later edits show: a comment with a
 * digest of the file and the record of what it was made from.
 *
 * Guards against mistakes, not against malice: anyone who can write the file
 * can also write the digest. Pure.
 */
import { createHash } from "node:crypto";
import { type JsonObject, parseObject } from "../../protocol/json.ts";

/** What the stamp of a file says. */
export type Stamped =
  | { readonly kind: "foreign" }
  | {
    readonly kind: "made";
    readonly record: JsonObject;
    /** Whether a person has changed the file since. */
    readonly edited: boolean;
  };

const NO_DIGEST = "0".repeat(64);

/** Calls `make` with the comment that it has to put into the text. */
export function stamp(
  record: JsonObject,
  make: (comment: string) => string,
): string {
  // Two dashes would end an XML comment; in JSON they only occur in strings.
  const json = JSON.stringify(record).replaceAll(/-(?=-)/g, "\\u002d");
  const comment = (digest: string) => `codaze-service ${digest} ${json}`;
  return make(comment(digestOf(make(comment(NO_DIGEST)))));
}

export function readStamp(text: string): Stamped {
  const found = /codaze-service ([0-9a-f]{64}) (\{.*\})/.exec(text);
  const [, digest = "", json = ""] = found ?? [];
  const record = parseObject(json);
  if (record === undefined) return { kind: "foreign" };
  const edited = digestOf(text.replace(digest, NO_DIGEST)) !== digest;
  return { kind: "made", record, edited };
}

function digestOf(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}
