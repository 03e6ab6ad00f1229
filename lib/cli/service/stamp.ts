/**
 * How a file says that Codaze has made it and that nobody has changed it
 * since: a comment with a digest of the file and what it was made from.
 *
 * Guards against mistakes, not against malice: whoever can write the file can
 * write the digest. Pure.
 */
import { createHash } from "node:crypto";
import { type JsonObject, parseObject } from "../../protocol/json.ts";

/** What a file on disk says of itself. */
export type Stamped =
  | { readonly kind: "foreign" }
  | {
    readonly kind: "made";
    readonly record: JsonObject;
    /** Whether a person has changed the file since. */
    readonly edited: boolean;
  };

const NO_DIGEST = "0".repeat(64);

/** The text that `make` gives for a comment, with that comment in it. */
export function stamp(
  record: JsonObject,
  make: (comment: string) => string,
): string {
  // Two dashes end a comment of XML; in JSON they are only found in strings.
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
