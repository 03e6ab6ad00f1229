/** What each code means; where the table and the prefixes meet, the table. */
import { assertEquals } from "@std/assert";
import { verdictOf } from "../../lib/failure/codes.ts";

const MEANINGS: Readonly<Record<string, readonly string[]>> = {
  quota_exhausted: ["usage_limit_reached", "insufficient_quota"],
  rate_limited: ["rate_limit_exceeded", "slow_down"],
  unavailable: ["server_is_overloaded"],
  access_token_rejected: [
    "token_expired",
    "token_invalidated",
    "token_revoked",
  ],
  "account_refused plan": ["usage_not_included"],
  "account_refused workspace": [
    "deactivated_workspace",
    "workspace_deactivated",
  ],
  "account_refused model": [
    "model_not_found",
    "model_not_available",
    "model_not_supported",
    // Not one of the `unsupported_…` of a request.
    "unsupported_model",
  ],
  // Not one of the `invalid_…` of a request.
  "account_refused encrypted_content": ["invalid_encrypted_content"],
  request_rejected: [
    "context_length_exceeded",
    "invalid_prompt",
    "cyber_policy",
    "bio_policy",
    "content_filter",
    "previous_response_not_found",
    "websocket_connection_limit_reached",
    "unknown_parameter",
    "image_file_too_large",
    "empty_image_file",
    "failed_to_download_image",
    "unsupported_value",
    "unsupported_parameter",
    "invalid_image_format",
    "invalid_base64_image",
    "invalid_value",
    "invalid_type",
    "invalid_json_schema",
    "invalid_function_parameters",
    "invalid_schema",
    "invalid_url",
  ],
  "": [
    "",
    "brand_new_code",
    "server_error",
    "invalid_request_error",
    "invalid_api_key",
    "image",
    "an_image_file",
    "not_unsupported_value",
    "Usage_limit_reached",
    "usage_limit_reached ",
    "constructor",
    "__proto__",
  ],
};

for (const [meaning, codes] of Object.entries(MEANINGS)) {
  for (const code of codes) {
    Deno.test(`the code "${code}" means ${meaning || "nothing known"}`, () => {
      const verdict = verdictOf(code);
      const words = verdict?.kind === "account_refused"
        ? `${verdict.kind} ${verdict.refused}`
        : verdict?.kind ?? "";
      assertEquals(words, meaning);
    });
  }
}

Deno.test("no code means nothing", () => {
  assertEquals(verdictOf(undefined), undefined);
});
