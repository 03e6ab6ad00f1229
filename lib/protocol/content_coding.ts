/**
 * Content codings by their names (RFC 9110, section 8.4.1): which of them can
 * be undone here, what a header names, and what may be asked for.
 *
 * Knows names only; `decoding.ts` undoes them.
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
 * The coding that a `content-encoding` names; undefined for none at all, the
 * error is the value that cannot be undone. Nobody encodes twice.
 */
export function codingOf(
  value: string | null,
): Result<Coding | undefined, string> {
  const name = (value ?? "").trim().toLowerCase();
  if (name === "" || name === IDENTITY) return ok(undefined);
  const coding = CODINGS.get(name);
  return coding === undefined ? err(value ?? "") : ok(coding);
}

/** An `accept-encoding` without what could not be undone here. */
export function undoable(value: string): string {
  const asked = value.split(",");
  const kept = asked.filter((item) => {
    const name = item.split(";", 1)[0]?.trim().toLowerCase() ?? "";
    return name === IDENTITY || CODINGS.has(name);
  });
  // As it stands in the usual case: it may be compared byte for byte.
  if (kept.length === asked.length) return value;
  return kept.map((item) => item.trim()).join(", ") || IDENTITY;
}
