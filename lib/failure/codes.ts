/**
 * The error types and codes that upstream is known to use, and what each one
 * means (see docs/client.md, "What the client does about failures"). One table,
 * so that HTTP answers and events agree. Does not look at statuses or words.
 */

import type { Refusal } from "./failure.ts";

export type Verdict =
  | { readonly kind: "access_token_rejected" }
  | { readonly kind: "rate_limited" }
  | { readonly kind: "quota_exhausted" }
  | { readonly kind: "risk_controlled" }
  | { readonly kind: "account_refused"; readonly refused: Refusal }
  | { readonly kind: "unavailable" }
  | { readonly kind: "edge_refused" }
  | { readonly kind: "request_rejected" };

const QUOTA: Verdict = { kind: "quota_exhausted" };
const RATE: Verdict = { kind: "rate_limited" };
const BUSY: Verdict = { kind: "unavailable" };
const REQUEST: Verdict = { kind: "request_rejected" };
const TOKEN: Verdict = { kind: "access_token_rejected" };
const PLAN: Verdict = { kind: "account_refused", refused: "plan" };
const WORKSPACE: Verdict = { kind: "account_refused", refused: "workspace" };
const MODEL: Verdict = { kind: "account_refused", refused: "model" };
const BLOB: Verdict = { kind: "account_refused", refused: "encrypted_content" };

const VERDICTS: ReadonlyMap<string, Verdict> = new Map<string, Verdict>([
  ["usage_limit_reached", QUOTA],
  ["insufficient_quota", QUOTA],
  ["credit_balance_exhausted", QUOTA],
  ["rate_limit_exceeded", RATE],
  ["slow_down", RATE],
  ["server_is_overloaded", BUSY],
  ["usage_not_included", PLAN],
  ["deactivated_workspace", WORKSPACE],
  ["workspace_deactivated", WORKSPACE],
  ["model_not_found", MODEL],
  ["model_not_available", MODEL],
  ["model_not_supported", MODEL],
  ["unsupported_model", MODEL],
  ["invalid_encrypted_content", BLOB],
  ["token_expired", TOKEN],
  ["token_invalidated", TOKEN],
  ["token_revoked", TOKEN],
  ["context_length_exceeded", REQUEST],
  ["invalid_prompt", REQUEST],
  ["cyber_policy", REQUEST],
  ["bio_policy", REQUEST],
  ["content_filter", REQUEST],
  ["previous_response_not_found", REQUEST],
  ["websocket_connection_limit_reached", REQUEST],
  ["unknown_parameter", REQUEST],
]);

/**
 * Prefixes of the codes that reject what was sent, most of them an image.
 * Without them one bad image in a `response.failed` would cool down every
 * account.
 */
const OF_THE_REQUEST =
  /^(?:image_|empty_image|failed_to_download_image|unsupported_|invalid_(?:image|base64|value|type|json|function|schema|url))/;

/** The caps of a workspace; their names begin with who has set them. */
const SPEND_LIMIT = /_spend_limit_exceeded$/;

/** What this type or code means; undefined if it is not a known one. */
export function verdictOf(name: string | undefined): Verdict | undefined {
  if (name === undefined) return undefined;
  return VERDICTS.get(name) ??
    (SPEND_LIMIT.test(name) ? QUOTA : undefined) ??
    (OF_THE_REQUEST.test(name) ? REQUEST : undefined);
}
