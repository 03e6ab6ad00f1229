/** What the simulated upstream refuses in a body. */

import { assertEquals } from "@std/assert";
import { checkTurn } from "../../lib/simulator/responses/checks.ts";
import { encryptedContent } from "../../lib/simulator/model/bound_values.ts";
import { CATALOGUE } from "../../lib/simulator/model/catalogue.ts";
import type { Rules } from "../../lib/simulator/responses/rules.ts";
import { type Json, turnBody, userMessage } from "./support.ts";

const OURS = "aaaaaaaaaaaa";
const THEIRS = "bbbbbbbbbbbb";
const RULES: Rules = {
  ownerKey: OURS,
  models: CATALOGUE,
  plainForm: "found",
  isLite: false,
  history: [],
};

const REFUSED: ReadonlyArray<[Json, string]> = [
  [{ stream: false }, "Stream must be set to true"],
  [{ store: true }, "Store must be set to false"],
  [{ input: "hi" }, "Input must be a list"],
  [{ max_output_tokens: 1 }, "Unsupported parameter: max_output_tokens"],
  [{ temperature: 0 }, "Unsupported parameter: temperature"],
  [{ top_p: 1 }, "Unsupported parameter: top_p"],
  [{ truncation: "auto" }, "Unsupported parameter: truncation"],
  [{ user: "u" }, "Unsupported parameter: user"],
  [
    { max_completion_tokens: 1 },
    "Unsupported parameter: max_completion_tokens",
  ],
  [{ service_tier: "flex" }, "Unsupported parameter: service_tier"],
  [
    { previous_response_id: "resp_1" },
    "Unsupported parameter: previous_response_id",
  ],
  [{ _gateway: {} }, "Unsupported parameter: _gateway"],
];

for (const [change, detail] of REFUSED) {
  Deno.test(`checkTurn() refuses ${JSON.stringify(change)}`, () => {
    const result = checkTurn(turnBody("hi", change), RULES);
    assertEquals(result.ok, false);
    if (!result.ok) {
      assertEquals(result.error, { status: 400, body: { detail } });
    }
  });
}

const ACCEPTED: readonly Json[] = [
  {},
  { service_tier: "priority", instructions: "", prompt_cache_key: "k" },
  { input: [{ type: "reasoning", encrypted_content: blob(OURS) }] },
];

for (const change of ACCEPTED) {
  Deno.test(`checkTurn() accepts ${JSON.stringify(change)}`, () => {
    assertEquals(checkTurn(turnBody("hi", change), RULES).ok, true);
  });
}

const CARRIERS: readonly Json[] = [
  { type: "reasoning", encrypted_content: blob(THEIRS) },
  { type: "compaction", encrypted_content: blob(THEIRS) },
  { type: "agent_message", content: [{ encrypted_content: blob(THEIRS) }] },
];

for (const carrier of CARRIERS) {
  Deno.test(`checkTurn() refuses a foreign blob in a ${carrier.type}`, () => {
    const input = [userMessage("hi"), carrier];
    const result = checkTurn(turnBody("", { input }), RULES);
    const { error } = result.ok ? { error: undefined } : result;
    assertEquals(error?.status, 400);
    assertEquals(
      JSON.stringify(error?.body).includes(
        '"code":"invalid_encrypted_content"',
      ),
      true,
    );
  });
}

function blob(ownerKey: string): string {
  return encryptedContent(ownerKey, 1);
}
