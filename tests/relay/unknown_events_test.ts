/** Events of types that nobody knows, before content: they commit nothing. */
import { assertEquals } from "@std/assert";
import { concat } from "@std/bytes";
import { Caller } from "../support/caller.ts";
import { frame, OPCODE } from "../support/frames.ts";
import { startTestGateway, type TestGateway } from "../support/gateway.ts";
import { assertQuiet } from "../support/quiet.ts";
import { RawUpstream } from "../support/raw_upstream.ts";
import { type Peer, rawServer } from "../support/raw_websocket.ts";
import { type Bytes, event, text, WHOLE } from "../support/turns.ts";

const EVENTS: readonly Readonly<Record<string, unknown>>[] = [
  ...["keepalive", "ping", "response.brand_new", "brand.new", ""]
    .map((type) => ({ type })),
  // One that the gateway reads, and whose values are of no use.
  {
    type: "codex.rate_limits",
    credits: { has_credits: { toString: 1, valueOf: 1 }, unlimited: [] },
  },
];

const LIMIT = {
  type: "error",
  status: 429,
  error: { type: "usage_limit_reached", message: "spent" },
};

function gatewayTo(upstream: string): Promise<TestGateway> {
  return startTestGateway({
    accounts: ["a", "b"],
    warm: true,
    upstream,
    flags: ["--routing-policy=fill_first"],
    timeouts: { windowMs: 60_000 },
  });
}

for (const odd of EVENTS) {
  const type = String(odd["type"]);
  Deno.test(`"${type}" before a limit: the turn moves, over SSE`, async () => {
    const spent = concat([event(type, odd), event("error", LIMIT)]);
    const answers: Bytes[] = [spent, WHOLE];
    await using upstream = new RawUpstream(async (exchange) => {
      await exchange.begin();
      await exchange.chunk(answers.shift() ?? WHOLE);
      await exchange.end();
    });
    await using test = await gatewayTo(upstream.url);
    const response = await test.turn();
    assertEquals(text(await response.bytes()), text(WHOLE));
    assertEquals(upstream.heads.length, 2);
    await assertQuiet(test);
    await assertSpent(test);
  });

  Deno.test(`"${type}" before a limit: the turn moves, over a websocket`, async () => {
    const answers = [
      [odd, LIMIT],
      [{ type: "response.completed", response: { id: "resp_1" } }],
    ];
    const serve = async (peer: Peer) => {
      await peer.accept();
      if (await peer.read() === undefined) return;
      for (const message of answers.shift() ?? []) {
        await peer.write(frame(OPCODE.text, JSON.stringify(message)));
      }
      await peer.ended();
    };
    await using upstream = rawServer(serve);
    await using test = await gatewayTo(`http://127.0.0.1:${upstream.port}`);
    using caller = await Caller.open(test);
    const events = await caller.turn();
    assertEquals(events.map((one) => one.type), ["response.completed"]);
    caller.cut();
    await assertQuiet(test);
    await assertSpent(test);
  });
}

async function assertSpent(test: TestGateway): Promise<void> {
  const { a, b } = await test.views();
  assertEquals(a?.["blocked_reason"], "quota_exhausted");
  assertEquals(b?.["blocked_reason"], null);
}
