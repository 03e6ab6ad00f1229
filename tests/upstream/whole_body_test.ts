import { assert, assertEquals, assertRejects } from "@std/assert";
import { concat } from "@std/bytes";
import { toBytes } from "@std/streams";
import { REFUSAL_MS } from "../../lib/limits.ts";
import { wholeBody } from "../../lib/upstream/whole_body.ts";
import { randomBytes, randomChunks, seeded } from "../support/random.ts";
import { FakeClock } from "../support/clock.ts";
import { RawUpstream } from "../support/raw_upstream.ts";
import { system } from "../support/system.ts";

type Bytes = Uint8Array<ArrayBuffer>;

const TOKEN = "rt_0123456789abcdef";

/** Chunks one by one; `given` counts those that were asked for. */
function source(chunks: readonly Bytes[]) {
  const seen = { given: 0, cancelled: false };
  const body = new ReadableStream<Bytes>({
    pull(controller) {
      const chunk = chunks[seen.given++];
      if (chunk) controller.enqueue(chunk);
      else controller.close();
    },
    cancel() {
      seen.cancelled = true;
    },
  }, { highWaterMark: 0 });
  return { body, seen };
}

Deno.test("a body of any chunks is whole, and without its tokens", async () => {
  const random = seeded(41);
  const token = new TextEncoder().encode(TOKEN);
  const mark = new TextEncoder().encode("[redacted]");
  for (let round = 0; round < 200; round++) {
    const [before, behind] = [randomBytes(random, 50), randomBytes(random, 9)];
    const sent = concat([before, token, behind, token]);
    const chunks = randomChunks(random, sent, 20).map((one) => one.slice());
    const body = wholeBody(source(chunks).body, {
      limit: sent.length,
      mayCut: false,
      secrets: [TOKEN],
      after: never,
    });
    assertEquals(await toBytes(body), concat([before, mark, behind, mark]));
  }
});

/** Time that never passes. */
const never = new FakeClock().after;

for (const mayCut of [false, true]) {
  Deno.test(`a body beyond its limit ${mayCut ? "is cut" : "fails"}`, async () => {
    const chunks = new Array<Bytes>(1000).fill(new Uint8Array(10).fill(7));
    const { body, seen } = source(chunks);
    const limited = wholeBody(body, {
      limit: 95,
      mayCut,
      secrets: [],
      after: never,
    });
    if (mayCut) {
      assertEquals(await toBytes(limited), new Uint8Array(95).fill(7));
    } else {
      await assertRejects(
        () => toBytes(limited),
        Error,
        "the answer is longer than 95 bytes",
      );
    }
    // Nobody reads on, and nobody holds the connection.
    assert(seen.given < 20, `${seen.given} chunks`);
    assert(seen.cancelled);
  });
}

Deno.test("a body takes no more memory than its bytes, however large their buffers", async () => {
  const body = new ReadableStream<Bytes>({
    pull(controller) {
      // As the reader of a decoded answer of `fetch` gives them.
      controller.enqueue(new Uint8Array(1 << 20).subarray(0, 100));
    },
  }, { highWaterMark: 0 });
  const external = () => Deno.memoryUsage().external;
  const before = external();
  const limited = wholeBody(body, {
    limit: 100_000,
    mayCut: true,
    secrets: [],
    after: never,
  });
  const bytes = await toBytes(limited);
  assertEquals(bytes.length, 100_000);
  const held = external() - before;
  assert(held < 600 * (1 << 20), `${held} bytes`);
});

Deno.test("an empty body is empty", async () => {
  const options = { limit: 1, mayCut: false, secrets: [TOKEN], after: never };
  assertEquals(
    await toBytes(wholeBody(source([]).body, options)),
    new Uint8Array(),
  );
});

function broken(): ReadableStream<Bytes> {
  const pieces = [new Uint8Array(3).fill(7)];
  return new ReadableStream<Bytes>({
    pull(controller) {
      const piece = pieces.pop();
      if (piece) controller.enqueue(piece);
      else controller.error(new Error("cut"));
    },
  });
}

Deno.test("a body that breaks off is no whole one", async () => {
  const options = { limit: 10, mayCut: false, secrets: [], after: never };
  const limited = wholeBody(broken(), options);
  await assertRejects(() => toBytes(limited), Error, "cut");
});

Deno.test("a refusal's body that breaks off is what has come", async () => {
  const options = { limit: 10, mayCut: true, secrets: [], after: never };
  assertEquals(
    await toBytes(wholeBody(broken(), options)),
    new Uint8Array(3).fill(7),
  );
});

Deno.test("a refusal's body that falls silent is what has come by then", async () => {
  const clock = new FakeClock();
  const body = new ReadableStream<Bytes>({
    start: (controller) => controller.enqueue(new Uint8Array(3).fill(7)),
    // The second piece never comes.
    pull: () => clock.pass(REFUSAL_MS),
  });
  const limited = wholeBody(body, {
    limit: 10,
    mayCut: true,
    secrets: [],
    after: clock.after,
  });
  assertEquals(await toBytes(limited), new Uint8Array(3).fill(7));
});

Deno.test("an answer that is asked for once has its limit, too", async () => {
  let sent = 0;
  await using upstream = new RawUpstream(async (exchange) => {
    await exchange.begin({ "content-type": "application/json" });
    for (; sent < 500; sent++) await exchange.chunk(new Uint8Array(65_536));
    await exchange.end();
  });
  await assertRejects(() =>
    system.fetch({
      method: "GET",
      url: new URL(upstream.url),
      headers: [],
      body: undefined,
      signal: new AbortController().signal,
      once: true,
    })
  );
  assert(sent < 250, `${sent} of 500 chunks were taken`);
});
