import { assertEquals } from "@std/assert";
import type { HeaderLine } from "../../../lib/protocol/headers.ts";
import captured from "../../fixtures/captures/requests-0.171.0.json" with {
  type: "json",
};
import handshakes from "../../fixtures/captures/ws-handshakes-0.171.0.json" with {
  type: "json",
};
import { strangersIn } from "./known_client.ts";
import type { TappedRequest } from "./tap.ts";

const BASE = "https://chatgpt.com/backend-api/codex";
const HERE = "tests/e2e/support/known_client.ts";
const TURN = {
  model: "m",
  input: [{ type: "message", id: "msg_1", role: "user", content: [] }],
  client_metadata: { turn_id: "", "x-codex-turn-metadata": '{"sandbox":"x"}' },
};

function request(
  head: string,
  body: unknown,
  more: readonly HeaderLine[] = [],
): TappedRequest {
  const [first = "", ...lines] = head.split("\r\n");
  const [method = "", target = ""] = first.split(" ");
  const headers = lines.map((line): HeaderLine => {
    const colon = line.indexOf(": ");
    return [line.slice(0, colon), line.slice(colon + 2)];
  }).filter(([name]) => name !== "content-encoding");
  return {
    method,
    target,
    headers: [...headers, ...more],
    body: new TextEncoder().encode(
      body === undefined ? "" : JSON.stringify(body),
    ),
  };
}

function strangers(
  requests: readonly TappedRequest[],
  frames: readonly unknown[] = [],
): readonly string[] {
  return strangersIn({
    version: "0.172.0",
    base: BASE,
    requests,
    frames: frames.map((frame) => JSON.stringify(frame)),
  });
}

const POST = captured["B2b-realhosts-sse-h1"];

Deno.test("strangersIn() finds none in what was captured", () => {
  assertEquals(
    strangers([
      request(POST, TURN),
      request(captured["B2e-sse-multi-turn-cookies-h1"], TURN),
      request(captured["B2b-realhosts-sse-h1, models"], undefined),
      request(captured["F2-websearch-image-chatgpt, search"], { id: "1" }),
      request(captured["F2-websearch-image-chatgpt, image"], { size: "1" }),
      request(captured["B14-doctor"], undefined),
      request(handshakes["B1-realhosts-ws"], undefined),
      request(handshakes["F11-cookie-on-ws-reconnect"], undefined),
    ], [{ type: "response.create", generate: false, ...TURN }]),
    [],
  );
});

const NEW: ReadonlyArray<
  readonly [what: string, told: string, found: readonly string[]]
> = [
  [
    "a header",
    "sends the header x-new on POST responses, which no table knows: " +
    "add it to STREAM_ORDER in lib/protocol/headers.ts",
    strangers([request(POST, TURN, [["x-new", "1"]])]),
  ],
  [
    "a header of a handshake",
    "sends the header x-new on GET responses, which no table knows: " +
    "add it to HANDSHAKE_ORDER in lib/protocol/headers.ts",
    strangers([
      request(handshakes["B1-realhosts-ws"], undefined, [["X-New", "1"]]),
    ]),
  ],
  [
    "a key",
    "sends the key speed on POST responses, which no table knows: " +
    "add it to CLIENT_KEYS in lib/simulator/responses/checks.ts, " +
    `or to its route in ${HERE}`,
    strangers([request(POST, { ...TURN, speed: 1 })]),
  ],
  [
    "a key of the metadata",
    "sends the key client_metadata.x-new in response.create, which no table " +
    `knows: add it to ${HERE}`,
    strangers([], [
      { type: "response.create", client_metadata: { "x-new": "" } },
    ]),
  ],
  [
    "a key of the turn metadata",
    "sends the key x-codex-turn-metadata.mood in response.create, which no " +
    `table knows: add it to ${HERE}`,
    strangers([], [{
      type: "response.create",
      client_metadata: { "x-codex-turn-metadata": '{"mood":1}' },
    }]),
  ],
  [
    "an input item",
    "sends the input item hologram on POST responses, which no table knows: " +
    `add it to ${HERE}`,
    strangers([request(POST, { input: [{ type: "hologram" }] })]),
  ],
  [
    "an event",
    "sends the event response.processed on a websocket, which no table " +
    `knows: add it to ${HERE}`,
    strangers([], [{ type: "response.processed" }]),
  ],
  [
    "a route",
    "sends the request POST alpha/notes/v2, which no table knows: " +
    `add it to ${HERE} and docs/api.md`,
    strangers([
      request("POST /backend-api/codex/alpha/notes/v2?x=1 HTTP/1.1", {}),
    ]),
  ],
];

for (const [what, told, found] of NEW) {
  Deno.test(`strangersIn() tells ${what} that is new by name, and where it belongs`, () => {
    assertEquals(found, [`codex 0.172.0 ${told}`]);
  });
}
