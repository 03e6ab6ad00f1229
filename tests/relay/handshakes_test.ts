/** What a caller is told when no account's handshake was let in. */
import { assertEquals } from "@std/assert";
import type { Answer, Failure } from "../../lib/failure/failure.ts";
import { Handshakes } from "../../lib/relay/handshakes.ts";

const answer: Answer = {
  status: 502,
  headers: new Headers(),
  body: new Uint8Array(),
};
const message = "no";
const OUTAGE: Failure = {
  kind: "unavailable",
  message,
  retryAfterMs: undefined,
  answer,
};
const NO_WEBSOCKET: Failure = {
  kind: "no_websocket",
  message,
  everywhere: true,
};

Deno.test("Handshakes takes the second outage in a row for a closed way", () => {
  const handshakes = new Handshakes();
  assertEquals(handshakes.failed(OUTAGE), OUTAGE);
  assertEquals(handshakes.failed(OUTAGE), NO_WEBSOCKET);
  handshakes.opened();
  assertEquals(handshakes.failed(OUTAGE), OUTAGE);
});

const WAYS: ReadonlyArray<[what: string, failure: Failure, told: Failure]> = [
  ["a refusal of the edge", {
    kind: "edge_refused",
    message,
    answer,
  }, NO_WEBSOCKET],
  ["no answer in time", { kind: "timeout", message }, NO_WEBSOCKET],
];

for (const [what, failure, told] of WAYS) {
  Deno.test(`Handshakes takes ${what} for a closed way, at once`, () => {
    assertEquals(new Handshakes().failed(failure), told);
  });
}

/** Trouble that says nothing of websockets, however often it comes. */
const OTHERS: ReadonlyArray<[what: string, failure: Failure]> = [
  ["an outage with a hint", { ...OUTAGE, retryAfterMs: 1000 }],
  ["a refresh that failed", { ...OUTAGE, answer: undefined }],
  ["a cut", { kind: "transport", message }],
];

for (const [what, failure] of OTHERS) {
  Deno.test(`Handshakes tells ${what} as it is`, () => {
    const handshakes = new Handshakes();
    for (let n = 0; n < 3; n++) {
      assertEquals(handshakes.failed(failure), failure);
    }
    assertEquals(handshakes.failed(OUTAGE), OUTAGE);
  });
}
