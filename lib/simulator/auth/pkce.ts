/** PKCE (RFC 7636): proof that the client that redeems a code asked for it. */

/** What a `code_challenge` of method S256 looks like: 32 bytes, unpadded. */
export const CHALLENGE = /^[\w-]{43}$/;

/** What a `code_verifier` looks like (section 4.1). */
export const VERIFIER = /^[\w.~-]{43,128}$/;

/** The S256 challenge of a verifier (section 4.2). */
export async function challengeOf(verifier: string): Promise<string> {
  const bytes = new TextEncoder().encode(verifier);
  const digest = await crypto.subtle.digest("SHA-256", bytes);
  return new Uint8Array(digest).toBase64({
    alphabet: "base64url",
    omitPadding: true,
  });
}
