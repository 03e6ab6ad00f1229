/** What upstream tells of a quota reaches the account, whichever way it comes. */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { concat } from "@std/bytes";
import { usageLimitReached } from "../../lib/simulator/faults/limits.ts";
import { Caller } from "../support/caller.ts";
import {
  CODEX_HEADERS,
  startTestGateway,
  type TestGateway,
} from "../support/gateway.ts";
import { assertQuiet } from "../support/quiet.ts";
import { RawUpstream } from "../support/raw_upstream.ts";
import {
  type Bytes,
  COMPLETED,
  CREATED,
  DELTA,
  event,
  text,
} from "../support/turns.ts";

/** Each window of the usual limit as `class used%`, with the source in front. */
async function told(test: TestGateway, name = "a"): Promise<string> {
  const { quota } = (await test.views())[name] ?? {};
  if (quota === null) return "nothing";
  const { source, limits } = JSON.parse(JSON.stringify(quota));
  const windows = limits.find((one: { id: string }) => one.id === "codex")
    ?.windows.map((one: { class: string; used_percent: number }) =>
      `${one.class} ${one.used_percent}%`
    );
  return `${source}: ${windows}`;
}

function used(test: TestGateway, primary: number, secondary: number): void {
  test.account("a").usedPercent = { primary, secondary };
}

Deno.test("nothing is known before the first answer", async () => {
  await using test = await startTestGateway({ warm: true });
  assertEquals(await told(test), "nothing");
});

Deno.test("the headers of a turn tell, and those of the next one replace them", async () => {
  await using test = await startTestGateway({ warm: true });
  // An event would tell, too.
  test.simulator.answers = { privateEvents: "none" };
  for (const [primary, secondary] of [[12, 34], [40, 41], [3, 41]]) {
    used(test, primary ?? 0, secondary ?? 0);
    await (await test.turn()).text();
    assertEquals(
      await told(test),
      `headers: short ${primary}%,week ${secondary}%`,
    );
  }
  await assertQuiet(test);
});

Deno.test("the headers of a compaction tell, too", async () => {
  await using upstream = new RawUpstream((exchange) =>
    exchange.raw(
      "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n" +
        "x-codex-primary-used-percent: 12\r\n" +
        "x-codex-primary-window-minutes: 300\r\n" +
        'content-length: 13\r\n\r\n{"output":[]}',
    )
  );
  await using test = await startTestGateway({
    warm: true,
    upstream: upstream.url,
  });
  const response = await fetch(test.url("/v1/responses/compact"), {
    method: "POST",
    headers: CODEX_HEADERS,
    body: '{"model":"gpt-6.2-sol","input":[]}',
  });
  await response.body?.cancel();
  assertEquals(await told(test), "headers: short 12%");
});

Deno.test("the headers of a refusal tell, and the next account serves", async () => {
  await using test = await startTestGateway({
    accounts: ["a", "b"],
    warm: true,
    flags: ["--routing-policy=fill_first"],
  });
  const now = Date.now();
  test.account("a").fault(usageLimitReached({ now, resetsAt: now + 60_000 }));
  await (await test.turn()).text();
  assertEquals((await told(test)).split(":", 1), ["refusal"]);
  assertEquals((await told(test, "b")).split(":", 1), ["headers"]);
});

Deno.test("a websocket tells by its handshake, then by its events", async () => {
  await using test = await startTestGateway({ warm: true, websockets: true });
  used(test, 12, 34);
  using caller = await Caller.open(test);
  await caller.turn();
  assertEquals(await told(test), "event: short 12%,week 34%");
  used(test, 13, 34);
  await caller.turn();
  assertEquals(await told(test), "event: short 13%,week 34%");
});

const LIMITS = event("codex.rate_limits", {
  rate_limits: { primary: { used_percent: 61, window_minutes: 300 } },
});

/** Before and behind the event. */
const STREAMS: Readonly<Record<string, readonly [Bytes[], Bytes[]]>> = {
  "before the content": [[CREATED], [DELTA, COMPLETED]],
  "behind the content": [[CREATED, DELTA], [DELTA, COMPLETED]],
  "right before the end": [[CREATED, DELTA], [COMPLETED]],
};

for (const [where, [before, behind]] of Object.entries(STREAMS)) {
  Deno.test(`an event in a stream tells ${where}, and becomes the pool's`, async () => {
    await using upstream = new RawUpstream(async (exchange) => {
      await exchange.begin();
      for (const piece of before) await exchange.chunk(piece);
      await exchange.chunk(concat([LIMITS, ...behind]));
      await exchange.end();
    });
    await using test = await startTestGateway({
      warm: true,
      upstream: upstream.url,
    });
    const body = text(await (await test.turn()).bytes());
    assert(body.startsWith(`${text(concat(before))}event: codex.rate_limits`));
    assert(body.endsWith(text(concat(behind))));
    assertStringIncludes(body, '"used_percent":61,');
    assertStringIncludes(body, '"window_minutes":300,');
    assertEquals(await told(test), "event: short 61%");
    await assertQuiet(test);
  });
}

Deno.test("another person's sign-in in the same file begins without figures", async () => {
  await using test = await startTestGateway({ warm: true });
  used(test, 12, 34);
  await (await test.turn()).text();
  const account = test.gateway.registry.get("a");
  account?.signedIn({
    ...account.file,
    refreshToken: "rt_other",
    accessToken: undefined,
    idToken: undefined,
  });
  assertEquals(await told(test), "nothing");
});
