import { assertEquals } from "@std/assert";
import { startTestGateway } from "../support/gateway.ts";
import { assertNobodyBlamed, assertQuiet } from "../support/quiet.ts";
import { RawUpstream } from "../support/raw_upstream.ts";
import {
  type Bytes,
  COMPLETED,
  CREATED,
  cutAt,
  event,
} from "../support/turns.ts";
import { seeded } from "../support/random.ts";
import { concat } from "@std/bytes";

const STREAMS = 1000;
const CHUNKS = 6;
const PAUSE_MS = 300;

/** A turn that is like no other, in pieces that cut through its events. */
function turnOf(number: number): readonly Bytes[] {
  const random = seeded(number);
  const deltas = Array.from(
    { length: 10 },
    () =>
      event("response.output_text.delta", {
        delta: `${number}:${"ü".repeat(random.int(200))}`,
      }),
  );
  const whole = concat([CREATED, ...deltas, COMPLETED]);
  const cuts = Array.from(
    { length: CHUNKS - 1 },
    () => 1 + random.int(whole.length - 1),
  );
  return cutAt(whole, cuts);
}

async function sha256(bytes: Bytes): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", bytes);
  return new Uint8Array(digest).toHex();
}

Deno.test("1,000 slow streams at once arrive as they were sent", async () => {
  const { promise: allBegun, resolve } = Promise.withResolvers<void>();
  let begun = 0;
  await using upstream = new RawUpstream(async (exchange) => {
    const number = Number(
      /x-client-request-id: (\d+)/.exec(exchange.head)?.[1],
    );
    await exchange.begin();
    for (const piece of turnOf(number)) {
      await exchange.chunk(piece);
      if (++begun === STREAMS) resolve();
      // So that all of them are open at the same time.
      await allBegun;
      await pause(PAUSE_MS);
    }
    await exchange.end();
  });
  await using test = await startTestGateway({
    accounts: ["a", "b", "c"],
    warm: true,
    upstream: upstream.url,
  });
  const hashes = await Promise.all(
    Array.from({ length: STREAMS }, async (_, number) => {
      const response = await test.turn({}, {
        headers: { "x-client-request-id": String(number) },
      });
      return await sha256(await response.bytes());
    }),
  );
  const expected = await Promise.all(
    hashes.map((_, number) => sha256(concat(turnOf(number)))),
  );
  assertEquals(hashes.filter((hash, n) => hash !== expected[n]).length, 0);
  assertEquals(upstream.heads.length, STREAMS);
  await assertQuiet(test);
  await assertNobodyBlamed(test);
});

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
