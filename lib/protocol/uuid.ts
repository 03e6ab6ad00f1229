/**
 * UUIDs that stay the same without being stored: from a name (RFC 9562, section
 * 5.5), and from a time and given bytes (section 5.7). Makes no random ones.
 */
import { Recent } from "../recent.ts";
import { node } from "../std/node.ts";

/** The namespace of the original, so that ids stay as they were. */
const NAMESPACE = Uint8Array.fromHex("6d0ab9757f884ef494663f9047d5064d");

/** UUIDv5 of `name` in Codaze's namespace. */
export function nameUuid(name: string): string {
  return NAMED.of(name);
}

/** Each request of an account asks for the same one. */
const NAMED = new Recent(hashedUuid);

function hashedUuid(name: string): string {
  const hash = node().crypto.createHash("sha1").update(NAMESPACE).update(name)
    .digest();
  return uuidOf(new Uint8Array(hash.subarray(0, 16)), 5);
}

/**
 * UUIDv7 of this time, with its random bits from `random`: at least sixteen
 * bytes, of which the first six are not used.
 */
export function timedUuid(ms: number, random: Uint8Array): string {
  const bytes = random.slice(0, 16);
  const view = new DataView(bytes.buffer);
  view.setUint16(0, Math.floor(ms / 2 ** 32));
  view.setUint32(2, ms % 2 ** 32);
  return uuidOf(bytes, 7);
}

/** Sets version and variant in the bytes, and formats them. */
function uuidOf(bytes: Uint8Array, version: number): string {
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | (version << 4);
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
