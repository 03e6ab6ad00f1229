/** SHA-256 sums in the form that `sha256sum --check` reads. */

/** The digest, two spaces, the name, and the end of the line. */
export async function checksumLine(
  name: string,
  data: Uint8Array<ArrayBuffer>,
): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", data);
  return `${new Uint8Array(digest).toHex()}  ${name}\n`;
}
