/**
 * `Sec-WebSocket-Accept`, by which a server proves that it read the handshake
 * (RFC 6455, section 4.2.2). In a file of its own for the servers of tests.
 */
import { createHash } from "node:crypto";

/** RFC 6455, section 1.3. */
const SUFFIX = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

/** `key`: the value of `Sec-WebSocket-Key`. */
export function acceptOf(key: string): string {
  return createHash("sha1").update(key + SUFFIX).digest("base64");
}
