/**
 * What `deno compile` has put into an executable: a note that begins with
 * Deno's mark twice, the length of the metadata, and the metadata as JSON.
 */
import { assert } from "@std/assert";
import { type JsonObject, parseObject } from "../../../lib/protocol/json.ts";

export interface Embedded {
  readonly metadata: JsonObject;
  /** Everything behind the metadata, sources among it, as Latin-1. */
  readonly rest: string;
}

const MARK = "d3n0l4nd";

/** More than our modules and packages take at the end of the file. */
const TAIL_BYTES = 16 * 1024 * 1024;

export function readEmbedded(executable: Uint8Array): Embedded {
  const tail = executable.subarray(-TAIL_BYTES);
  const text = new TextDecoder("latin1").decode(tail);
  const at = text.indexOf(MARK + MARK);
  assert(at >= 0, "holds nothing that deno compile has embedded");
  const start = at + 2 * MARK.length;
  const view = new DataView(tail.buffer, tail.byteOffset + start, 8);
  const end = start + 8 + Number(view.getBigUint64(0, true));
  const json = new TextDecoder().decode(tail.subarray(start + 8, end));
  const metadata = parseObject(json);
  assert(metadata);
  return { metadata, rest: text.slice(end) };
}
