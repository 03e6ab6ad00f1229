/**
 * Names of content codings (RFC 9110, section 8.4.1): which ones the gateway
 * can decode, which one a header names, and which ones may be asked for.
 *
 * Does not decode (`decoding.ts` does).
 */
import { err, ok, type Result } from "../result.ts";

export type Coding = "br" | "deflate" | "gzip" | "zstd";

const IDENTITY = "identity";

const CODINGS: ReadonlyMap<string, Coding> = new Map([
  ["br", "br"],
  ["deflate", "deflate"],
  ["gzip", "gzip"],
  // RFC 9110, section 8.4.1.3
  ["x-gzip", "gzip"],
  ["zstd", "zstd"],
]);

/**
 * The coding that a `content-encoding` names; undefined for none. The error is
 * the value that cannot be decoded. Two codings are not supported: no server
 * applies them.
 */
export function codingOf(
  value: string | null,
): Result<Coding | undefined, string> {
  const name = (value ?? "").trim().toLowerCase();
  if (name === "" || name === IDENTITY) return ok(undefined);
  const coding = CODINGS.get(name);
  return coding === undefined ? err(value ?? "") : ok(coding);
}

/** An `accept-encoding` without the codings that cannot be decoded here. */
export function undoable(value: string): string {
  const asked = value.split(",");
  const kept = asked.filter((item) => {
    const name = item.split(";", 1)[0]?.trim().toLowerCase() ?? "";
    return name === IDENTITY || CODINGS.has(name);
  });
  // Usually nothing goes, and the value must stay the client's byte for byte.
  if (kept.length === asked.length) return value;
  return kept.map((item) => item.trim()).join(", ") || IDENTITY;
}
