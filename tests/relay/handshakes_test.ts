/** What a caller is told when no account's handshake was let in. */
import { assertEquals } from "@std/assert";
import type { Failure, UpstreamError } from "../../lib/failure/failure.ts";
import { Handshakes } from "../../lib/relay/websocket/handshakes.ts";

const answer: UpstreamError = {
  at: "answer",
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
  assertEquals(handshakes.failed(OUTAGE, 0), OUTAGE);
  assertEquals(handshakes.failed(OUTAGE, 0), NO_WEBSOCKET);
  handshakes.opened();
  assertEquals(handshakes.failed(OUTAGE, 0), OUTAGE);
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
    assertEquals(new Handshakes().failed(failure, 0), told);
  });
}

/** Trouble that says nothing of websockets, however often it comes. */
const OTHERS: ReadonlyArray<[what: string, failure: Failure]> = [
  ["an outage with a hint", { ...OUTAGE, retryAfterMs: 1000 }],
  ["a refresh that failed", {
    kind: "not_refreshed",
    message: "no",
    retryAfterMs: undefined,
  }],
  ["a cut", { kind: "transport", message }],
];

for (const [what, failure] of OTHERS) {
  Deno.test(`Handshakes tells ${what} as it is`, () => {
    const handshakes = new Handshakes();
    for (let n = 0; n < 3; n++) {
      assertEquals(handshakes.failed(failure, 0), failure);
    }
    assertEquals(handshakes.failed(OUTAGE, 0), OUTAGE);
  });
}

const CUT: Failure = { kind: "transport", message };

/** Handshakes that are cut at these times, and what each caller is told. */
const ROWS: ReadonlyArray<
  [what: string, at: readonly number[], told: readonly Failure["kind"][]]
> = [
  ["once", [5], ["transport"]],
  [
    "of many callers in one moment of bad network",
    [0, 1, 2, 1000, 1999],
    ["transport", "transport", "transport", "transport", "transport"],
  ],
  [
    "again and again",
    [1000, 2000, 4000, 5000],
    ["transport", "transport", "no_websocket", "no_websocket"],
  ],
  ["in the evening and in the morning", [0, 3_600_000], [
    "transport",
    "transport",
  ]],
];

for (const [what, times, told] of ROWS) {
  Deno.test(`a handshake that is cut ${what}`, () => {
    const handshakes = new Handshakes();
    assertEquals(times.map((at) => handshakes.failed(CUT, at).kind), [...told]);
    handshakes.opened();
    assertEquals(handshakes.failed(CUT, 4_000_000).kind, "transport");
  });
}
