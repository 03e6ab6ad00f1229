/** Refusals in band: which, and as captured. */

import { assert, assertEquals } from "@std/assert";
import {
  errorEvent,
  responseFailed,
} from "../../lib/simulator/faults/faults.ts";
import { usageLimitReached } from "../../lib/simulator/faults/limits.ts";
import { rateLimitExceeded } from "../../lib/simulator/faults/refusals.ts";
import { errorEventWithHeaders } from "../../lib/simulator/faults/socket_faults.ts";
import c2 from "../fixtures/captures/C2-ws-inband-errors.json" with {
  type: "json",
};
import { connected, typesOf } from "./socket_client.ts";
import { shape } from "./support.ts";

type Refused = readonly [
  name: string,
  frame: string,
  code: unknown,
  message: RegExp,
];

const REFUSED: readonly Refused[] = [
  ["not JSON", "{", null, /Expected a response.create/],
  ["another type", '{"type":"response.cancel"}', null, /Expected/],
  [
    "an unknown key",
    '{"type":"response.create","store":false,"input":[],"foo":1}',
    null,
    /^Unsupported parameter: foo$/,
  ],
  [
    "store",
    '{"type":"response.create","store":true,"input":[]}',
    null,
    /^Store must be set to false$/,
  ],
  [
    "a foreign blob",
    '{"type":"response.create","model":"gpt-5.5","store":false,"input":[{"type":"reasoning","encrypted_content":"gAAAAA_000000000000_1_sealed"}]}',
    "invalid_encrypted_content",
    /could not be verified/,
  ],
];

for (const [name, frame, code, message] of REFUSED) {
  Deno.test(`a frame with ${name} is refused in band with status 400`, async () => {
    await using parts = await connected();
    const { client } = parts;
    await client.sendText(frame);
    const [event] = await client.events();
    assertEquals(Object.keys(event ?? {}), ["type", "status", "error"]);
    assertEquals(event?.status, 400);
    assertEquals(Object(event?.error).code, code);
    assert(message.test(Object(event?.error).message));
    assertEquals(
      typesOf(await client.turn("hi")).at(-1),
      "response.completed",
    );
  });
}

Deno.test("a refusal asked for over either transport comes in band, with its headers", async () => {
  await using parts = await connected();
  const { account, client } = parts;
  const now = Date.now();
  account.fault(usageLimitReached({ now, resetsAt: now + 7_200_000 }));
  account.fault(rateLimitExceeded(1));
  const [usage] = await client.turn("hi");
  const captured = c2["F8b-chatgpt-ws-429-usage"];
  const error = { ...captured.error, eligible_promo: null };
  const expected = shape({ ...captured, error });
  // This capture has no promo; that of C2 has, and fewer header lines.
  assertEquals(
    JSON.stringify(shape(usage)),
    JSON.stringify(expected),
  );
  assertEquals(
    Object.keys(Object(usage?.error)),
    Object.keys(c2["C2-ws-usage_limit"].error),
  );
  const [rate] = await client.turn("hi");
  assertEquals(Object(rate?.headers)["retry-after"], "1");
  assertEquals(rate?.status, 429);
});

Deno.test("errorEventWithHeaders() and errorEvent() look as captured", async () => {
  await using parts = await connected();
  const { account, client } = parts;
  const retried = c2["F9c-ws-429-retry-after"];
  account.fault(errorEventWithHeaders(retried.error, {
    status: 429,
    headers: [["retry-after", "1"]],
  }));
  const plain = c2["C2-ws-400"];
  account.fault(errorEvent(plain.error, { status: 400, after: 0 }));
  for (const captured of [retried, plain]) {
    const [event] = await client.turn("hi");
    assertEquals(JSON.stringify(event), JSON.stringify(captured));
  }
});

Deno.test("a prewarm fails only when it is asked to", async () => {
  await using parts = await connected();
  const { account, client } = parts;
  account.fault(responseFailed("server_error", "boom", 0));
  account.faultAt("prewarm", responseFailed("server_error", "warm", 0));
  const messages: unknown[] = [];
  for (const generate of [false, false, true]) {
    const [first] = await client.turn("hi", { generate });
    const error = Object(Object(first?.response).error);
    messages.push(error.message);
  }
  assertEquals(messages, ["warm", undefined, "boom"]);
});
