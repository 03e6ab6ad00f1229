import { assertEquals } from "@std/assert";
import {
  handshakeLines,
  headersOf,
} from "../../lib/upstream/socket/socket_headers.ts";

Deno.test("handshakeLines() keeps the client's order, and lines of one name", () => {
  const lines = handshakeLines({
    host: "chatgpt.com",
    key: "k",
    headers: [["b", "1"], ["a", "2"], ["b", "3"]],
  });
  assertEquals([...lines], [
    ["Host", ["chatgpt.com"]],
    ["Connection", ["Upgrade"]],
    ["Upgrade", ["websocket"]],
    ["Sec-WebSocket-Version", ["13"]],
    ["Sec-WebSocket-Key", ["k"]],
    ["b", ["1", "3"]],
    ["a", ["2"]],
    [
      "sec-websocket-extensions",
      ["permessage-deflate; client_max_window_bits"],
    ],
  ]);
});

const RAW: ReadonlyArray<
  [raw: readonly string[], headers: readonly (readonly [string, string])[]]
> = [
  [[], []],
  [["A", "1", "b", "2"], [["a", "1"], ["b", "2"]]],
  [["a", "1", "A", "2"], [["a", "1, 2"]]],
  [["Set-Cookie", "x=1", "set-cookie", "y=2"], [
    ["set-cookie", "x=1"],
    ["set-cookie", "y=2"],
  ]],
  // Half a pair is none.
  [["a", "1", "b"], [["a", "1"]]],
];

for (const [raw, headers] of RAW) {
  Deno.test(`headersOf() reads ${JSON.stringify(raw)}`, () => {
    assertEquals([...headersOf(raw)], headers.map(([n, v]) => [n, v]));
  });
}
