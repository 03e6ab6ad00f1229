/** Values that the units of `lib/upstream` work on. */
import type { Credential } from "../../lib/accounts/pool/account.ts";
import { Login } from "../../lib/accounts/pool/credential.ts";
import type {
  PreparedBody,
  PreparedRequest,
} from "../../lib/downstream/prepared.ts";
import type { TokenClaims } from "../../lib/protocol/jwt.ts";
import { scanObject } from "../../lib/protocol/json_edit.ts";

export const ACCOUNT_ID = "acct_123";
/** What the original made of that id. */
export const INSTALLATION_ID = "f6798cd7-ecb0-5266-b352-c601fd5c31ea";

export function credential(claims: Partial<TokenClaims> = {}): Credential {
  return {
    accessToken: "at",
    expiresAt: Infinity,
    login: new Login(),
    claims: {
      expiresAt: undefined,
      issuedAt: undefined,
      email: undefined,
      accountId: ACCOUNT_ID,
      userId: undefined,
      planType: undefined,
      fedramp: false,
      ...claims,
    },
  };
}

export function body(
  text: string,
  wire?: PreparedBody["wire"],
): PreparedBody {
  const bytes = new TextEncoder().encode(text);
  const scan = scanObject(bytes);
  if (!scan.ok) throw new Error(scan.error.message);
  return { bytes, scan: scan.value, wire };
}

export function prepared(
  more: Partial<PreparedRequest> = {},
): PreparedRequest {
  return {
    endpoint: "responses",
    dialect: "codex",
    query: "",
    headers: [],
    body: body('{"model":"m"}'),
    model: "m",
    sessionKey: undefined,
    turn: { id: undefined, hasState: false },
    stream: true,
    answer: undefined,
    form: undefined,
    ignored: [],
    normalize: true,
    ...more,
  };
}
