/**
 * Values that only the account they were made for may send back: encrypted
 * blobs, turn states, cookies.
 *
 * Each value contains the key of its owner, so none has to be stored.
 */

/** The only cookies that a client stores (docs/client.md, "Cookies"). */
const REPLAYED_COOKIES: ReadonlySet<string> = new Set([
  "__cf_bm",
  "_cfuvid",
  "cf_clearance",
  "__cflb",
]);

/** The key that bound values contain: twelve hexadecimal digits. */
export function newOwnerKey(): string {
  return crypto.getRandomValues(new Uint8Array(6)).toHex();
}

/** An `encrypted_content` that begins like a real one. */
export function encryptedContent(ownerKey: string, serial: number): string {
  return `gAAAAA_${ownerKey}_${serial}_sealed`;
}

/** A value for `x-codex-turn-state`. */
export function turnState(ownerKey: string, serial: number): string {
  return `ts_${ownerKey}_${serial}`;
}

/** Three `set-cookie` values; the last is not Cloudflare's. */
export function setCookies(
  ownerKey: string,
  serial: number,
): readonly string[] {
  const scope = "path=/; domain=.chatgpt.com";
  return [
    `__cf_bm=bm_${ownerKey}_${serial}; ${scope}; HttpOnly; Secure`,
    `_cfuvid=uv_${ownerKey}_0; ${scope}; HttpOnly; Secure`,
    `other=zz_${ownerKey}_${serial}; ${scope}; Secure`,
  ];
}

/** The key inside a bound value; undefined for any other value. */
export function ownerKeyOf(value: string): string | undefined {
  return /_([0-9a-f]{12})_/.exec(value)?.[1];
}

/** What is wrong with a `cookie` header of the account with `ownerKey`. */
export function cookieFaults(
  header: string,
  ownerKey: string,
): readonly string[] {
  const faults: string[] = [];
  for (const pair of header.split(";")) {
    const [name = "", value = ""] = pair.trim().split("=", 2);
    if (!REPLAYED_COOKIES.has(name)) {
      faults.push(`cookie "${name}" is not one to send back`);
    } else if (ownerKeyOf(value) !== ownerKey) {
      faults.push(`cookie "${name}" belongs to another account`);
    }
  }
  return faults;
}
