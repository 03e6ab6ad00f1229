/** Tokens: their claims are dates and header values, or are not there. */
import { isHeaderText } from "../../../lib/protocol/headers.ts";
import { readClaims } from "../../../lib/protocol/jwt.ts";
import { unsignedToken } from "../../../lib/simulator/accounts/tokens.ts";
import {
  type Bytes,
  bytesOf,
  holds,
  same,
  type Target,
  textOf,
} from "../target.ts";

const IDENTITY = {
  accountId: "acct-1",
  userId: "user-1",
  email: "a@example.test",
  plan: "plus",
  fedramp: false,
};
const TIMES = {
  issuedAt: 1_700_000_000_000,
  expiresAt: 1_700_000_600_000,
  serial: 1,
};
const TOKEN = unsignedToken(IDENTITY, TIMES);
const [HEADER = "", PAYLOAD = ""] = TOKEN.split(".");

/** The inside of a token: it is encoded again behind each change. */
function inside(): Bytes {
  return Uint8Array.fromBase64(PAYLOAD, { alphabet: "base64url" });
}

export const TOKENS: Target = {
  name: "tokens",
  samples: [inside(), inside(), bytesOf(TOKEN)],
  words: [
    ".",
    "..",
    '"exp":1e308',
    '"exp":8640000000001',
    '"exp":-1',
    '"exp":"1"',
    '"iat":null',
    '"chatgpt_account_id":"\\n"',
    '"chatgpt_account_id":"é"',
    '"https://api.openai.com/auth":[]',
    '"https://api.openai.com/auth":{"user_id":"u"}',
    "=",
    "+/",
  ],
  check: (input) => {
    const payload = input.toBase64({
      alphabet: "base64url",
      omitPadding: true,
    });
    for (const token of [`${HEADER}.${payload}.x`, textOf(input)]) {
      const claims = readClaims(token);
      if (!claims) continue;
      for (const at of [claims.expiresAt, claims.issuedAt]) {
        if (at !== undefined) new Date(at).toISOString();
      }
      const { accountId } = claims;
      holds(
        accountId === undefined || isHeaderText(accountId),
        "an account id",
      );
      same(readClaims(token), claims, "read twice");
    }
    const good = readClaims(TOKEN);
    same(
      [good?.expiresAt, good?.accountId, good?.email],
      [TIMES.expiresAt, IDENTITY.accountId, IDENTITY.email],
      "a good token",
    );
  },
};
