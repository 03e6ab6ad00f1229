/**
 * The simulator refuses nothing that the official client sends: 39 kinds of
 * bodies from the captures, without their texts.
 */

import { assertEquals } from "@std/assert";
import { isObject } from "../../lib/protocol/json.ts";
import { encryptedContent } from "../../lib/simulator/model/bound_values.ts";
import { CATALOGUE } from "../../lib/simulator/model/catalogue.ts";
import { checkTurn } from "../../lib/simulator/responses/checks.ts";
import bodies from "../fixtures/captures/turn-bodies.json" with {
  type: "json",
};
import type { Json } from "./support.ts";

const OWNER = "aaaaaaaaaaaa";

/** Of an earlier turn, whose items a continued one does not repeat. */
const CALLS: readonly Json[] = [
  { type: "function_call", call_id: "CALL" },
  { type: "custom_tool_call", call_id: "CALL" },
];

for (const [index, { capture, isLite, body }] of bodies.entries()) {
  Deno.test(`checkTurn() accepts body ${index}, of ${capture}`, () => {
    // A websocket's own keys are taken out first.
    const { type: _, generate: __, previous_response_id: previous, ...rest } =
      owned(body);
    const result = checkTurn({ stream: true, ...rest }, {
      ownerKey: OWNER,
      models: CATALOGUE,
      plainForm: "not_found",
      isLite,
      history: previous === undefined ? [] : CALLS,
    });
    assertEquals(result.ok ? undefined : result.error, undefined);
  });
}

/** With blobs of the account that is asked. */
function owned(body: unknown): Json {
  const blob = encryptedContent(OWNER, 1);
  const value: unknown = JSON.parse(
    JSON.stringify(body).replaceAll('"BLOB"', JSON.stringify(blob)),
  );
  return isObject(value) ? value : {};
}
