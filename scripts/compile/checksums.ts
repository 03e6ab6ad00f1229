/** SHA-256 sums in the format of `sha256sum --check`. */

/** The digest, two spaces, the name, and a line feed. */
export async function checksumLine(
  name: string,
  data: Uint8Array<ArrayBuffer>,
): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", data);
  return `${new Uint8Array(digest).toHex()}  ${name}\n`;
}
