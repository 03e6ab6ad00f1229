/**
 * Tells versions of one file apart. Only ever compared: it comes from tokens.
 */

import { createHash } from "node:crypto";

export function fingerprint(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("base64");
}
