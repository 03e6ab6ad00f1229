/** Answers that are read whole, and have no end. */
import { assert } from "@std/assert";
import { assertBrokenCompaction } from "../support/broken_compaction.ts";
import { startTestGateway } from "../support/gateway.ts";
import { assertQuiet } from "../support/quiet.ts";
import { RawUpstream } from "../support/raw_upstream.ts";

const MIB = 1024 * 1024;
const PIECE = new Uint8Array(MIB).fill(0x20);

const ENDLESS = [
  { "content-type": "application/json" },
  { "content-type": "APPLICATION/JSON; charset=utf-8" },
];

for (const head of ENDLESS) {
  Deno.test(`an endless ${head["content-type"]} is a broken connection`, async () => {
    const sent: number[] = [];
    await using upstream = new RawUpstream(async (exchange) => {
      const mine = sent.push(0) - 1;
      await exchange.begin(head);
      for (let count = 1; count <= 200; count++) {
        await exchange.chunk(PIECE);
        sent[mine] = count;
      }
      await exchange.end();
    });
    await assertBrokenCompaction(upstream);
    assert(sent.every((count) => count < 100), `${sent} MiB were taken`);
  });
}

Deno.test("an endless page of an error is cut, and says what its status says", async () => {
  let sent = 0;
  await using upstream = new RawUpstream(async (exchange) => {
    await exchange.raw(
      "HTTP/1.1 400 No\r\ntransfer-encoding: chunked\r\n" +
        "content-type: text/plain\r\nconnection: close\r\n\r\n",
    );
    for (; sent < 200; sent++) await exchange.chunk(PIECE);
    await exchange.end();
  });
  await using test = await startTestGateway({
    warm: true,
    upstream: upstream.url,
    timeouts: { transportRetryMs: [] },
  });
  const response = await test.turn();
  await response.body?.cancel();
  assert(response.status >= 400);
  assert(sent < 50, `${sent} MiB were taken`);
  await assertQuiet(test);
});
