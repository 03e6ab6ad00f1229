/**
 * Digests: those of refresh tokens stand for them where the tokens must not
 * appear, those of files tell versions of one file apart.
 */

import { sha256 } from "../../protocol/sha256.ts";
import { node } from "../../std/node.ts";

/** SHA-256 of the trimmed token, in hex. */
export function tokenHash(refreshToken: string): string {
  return sha256(refreshToken.trim()).toHex();
}

/** The id of an imported account: the first 16 bytes of the digest, in hex. */
export function accountIdOf(refreshToken: string): string {
  return tokenHash(refreshToken).slice(0, 32);
}

/** Only ever compared: an account file holds tokens. */
export function fingerprint(bytes: Uint8Array): string {
  return node().crypto.createHash("sha256").update(bytes).digest("base64");
}
