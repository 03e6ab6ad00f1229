/**
 * Name-based UUIDs (RFC 9562, section 5.5), for ids that must be stable
 * without being kept anywhere.
 */
import { createHash } from "node:crypto";

/** The namespace of the original Codaze, so that its ids stay as they were. */
const NAMESPACE = Uint8Array.fromHex("6d0ab9757f884ef494663f9047d5064d");

/** UUIDv5 of `name` in Codaze's namespace. */
export function nameUuid(name: string): string {
  const hash = createHash("sha1").update(NAMESPACE).update(name).digest();
  const bytes = new Uint8Array(hash.subarray(0, 16));
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x50;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  const hex = bytes.toHex();
  return [
    hex.slice(0, 8),
    hex.slice(8, 12),
    hex.slice(12, 16),
    hex.slice(16, 20),
    hex.slice(20),
  ].join("-");
}
