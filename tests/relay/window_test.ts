import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { concat } from "@std/bytes";
import { startTestGateway, type TestGateway } from "../support/gateway.ts";
import { assertNobodyBlamed, assertQuiet } from "../support/quiet.ts";
import { type RawExchange, RawUpstream } from "../support/raw_upstream.ts";
import {
  type Bytes,
  COMPLETED,
  CREATED,
  cutAt,
  DELTA,
  event,
  failed,
  text,
  WHOLE,
} from "../support/turns.ts";
import { seeded } from "../support/random.ts";
import { readAll } from "../support/answers.ts";

interface Setup {
  readonly accounts?: readonly string[];
  readonly windowMs?: number;
}

function gatewayTo(
  upstream: RawUpstream,
  { accounts = ["a"], windowMs = 60_000 }: Setup = {},
): Promise<TestGateway> {
  return startTestGateway({
    accounts,
    warm: true,
    upstream: upstream.url,
    flags: ["--routing-policy=fill_first"],
    timeouts: { windowMs },
  });
}

/** What a caller gets of a turn that `answer` sends. */
async function bytesOfTurn(
  answer: (exchange: RawExchange) => Promise<void>,
  setup?: Setup,
): Promise<Bytes> {
  await using upstream = new RawUpstream(answer);
  await using test = await gatewayTo(upstream, setup);
  const response = await test.turn();
  assertEquals(response.status, 200);
  const bytes = await response.bytes();
  await assertQuiet(test);
  await assertNobodyBlamed(test);
  return bytes;
}

Deno.test("a turn that comes in one piece is relayed as it is", async () => {
  const bytes = await bytesOfTurn(async (exchange) => {
    await exchange.begin();
    await exchange.chunk(WHOLE);
    await exchange.end();
  });
  assertEquals(text(bytes), text(WHOLE));
});

Deno.test("a turn in one piece ends though upstream stays open", async () => {
  const bytes = await bytesOfTurn(async (exchange) => {
    await exchange.begin();
    await exchange.chunk(WHOLE);
    await exchange.left;
  });
  assertEquals(text(bytes), text(WHOLE));
});

Deno.test("what follows the end of a turn in one piece is dropped", async () => {
  const bytes = await bytesOfTurn(async (exchange) => {
    await exchange.begin();
    await exchange.chunk(concat([WHOLE, DELTA, failed("slow_down")]));
    await exchange.end();
  });
  assertEquals(text(bytes), text(WHOLE));
});

const CRLF = new TextEncoder().encode(
  text(WHOLE).replaceAll("\n", "\r\n"),
);

for (const begun of [CRLF.slice(0, 0), CREATED, concat([CREATED, DELTA])]) {
  const after = `after ${begun.length} bytes`;
  Deno.test(`the last line feed of a CRLF stream may come late, ${after}`, async () => {
    const answered = Promise.withResolvers<void>();
    await using upstream = new RawUpstream(async (exchange) => {
      await exchange.begin();
      if (begun.length > 0) await exchange.chunk(begun);
      await exchange.chunk(CRLF.slice(0, -1));
      await answered.promise;
      await exchange.chunk(concat([CRLF.slice(-1), DELTA]));
      await exchange.end();
    });
    await using test = await gatewayTo(upstream);
    const response = await test.turn();
    // Told without waiting for it: the event has ended.
    const got = await readAll(response, async (got) => {
      if (got.endsWith("}\r\n\r")) {
        await assertQuiet(test);
        answered.resolve();
      }
    });
    assertEquals(got, text(concat([begun, CRLF])));
    await assertNobodyBlamed(test);
  });
}

Deno.test("a CRLF stream is whole wherever its chunks are cut", async () => {
  let cut = 0;
  await using upstream = new RawUpstream(async (exchange) => {
    await exchange.begin();
    for (const piece of cutAt(CRLF, [cut])) await exchange.chunk(piece);
    await exchange.end();
  });
  await using test = await gatewayTo(upstream);
  for (cut = 0; cut <= CRLF.length; cut++) {
    const bytes = await (await test.turn()).bytes();
    assertEquals(text(bytes), text(CRLF), `cut at ${cut}`);
  }
  await assertQuiet(test);
  await assertNobodyBlamed(test);
});

/** What may come, or not, instead of the line feed. */
const INSTEAD: ReadonlyArray<
  [what: string, say: (exchange: RawExchange) => Promise<void>]
> = [
  ["ends", (exchange) => exchange.end()],
  ["is cut", (exchange) => Promise.resolve(exchange.cut())],
  ["stays open", (exchange) => exchange.left],
  ["goes on", (exchange) => exchange.chunk(DELTA)],
];

for (const [what, say] of INSTEAD) {
  Deno.test(`a stream of carriage returns that ${what} ends`, async () => {
    const sent = new TextEncoder().encode(text(WHOLE).replaceAll("\n", "\r"));
    const bytes = await bytesOfTurn(async (exchange) => {
      await exchange.begin();
      await exchange.chunk(sent);
      await say(exchange);
    });
    assertEquals(text(bytes), text(sent));
  });
}

Deno.test("a failure that is told as it came ends with its line feed", async () => {
  const sent = text(failed("usage_not_included")).replaceAll("\n", "\r\n");
  await using upstream = new RawUpstream(async (exchange) => {
    await exchange.begin();
    await exchange.chunk(new TextEncoder().encode(sent.slice(0, -1)));
    await exchange.left;
  });
  await using test = await gatewayTo(upstream);
  assertEquals(await (await test.turn()).text(), sent);
  await assertQuiet(test);
});

Deno.test("a failure in one piece with content is the caller's to see", async () => {
  const sent = concat([CREATED, DELTA, failed("server_is_overloaded")]);
  await using upstream = new RawUpstream(async (exchange) => {
    await exchange.begin();
    await exchange.chunk(sent);
    await exchange.end();
  });
  await using test = await gatewayTo(upstream, { accounts: ["a", "b"] });
  assertEquals(text(await (await test.turn()).bytes()), text(sent));
  assertEquals(upstream.heads.length, 1);
  await assertNobodyBlamed(test);
});

Deno.test("nothing is lost or doubled however the chunks are cut", async () => {
  const random = seeded(7);
  const comments = new TextEncoder().encode(": hi\n\nid: 3\nretry: 5\r\n\r\n");
  const turn = concat([
    comments,
    CREATED,
    event("response.queued"),
    event("response.in_progress"),
    comments,
    ...new Array<Bytes>(20).fill(DELTA),
    event("response.output_item.done", { item: { text: "x".repeat(9000) } }),
    COMPLETED,
  ]);
  let cuts: readonly number[] = [];
  await using upstream = new RawUpstream(async (exchange) => {
    await exchange.begin();
    for (const piece of cutAt(turn, cuts)) await exchange.chunk(piece);
    await exchange.end();
  });
  await using test = await gatewayTo(upstream);
  for (let round = 0; round < 60; round++) {
    const count = random.int(round % 3 === 0 ? 200 : 8);
    cuts = Array.from({ length: count }, () => random.int(turn.length));
    const bytes = await (await test.turn()).bytes();
    assertEquals(text(bytes), text(turn), `round ${round}: cuts ${cuts}`);
  }
  await assertQuiet(test);
  await assertNobodyBlamed(test);
});

/** What comes first and does not commit a turn; then what does. */
const COMMITS: ReadonlyArray<
  [what: string, first: readonly Bytes[], commits: Bytes]
> = [
  ["the first delta", [CREATED], DELTA],
  ["an item", [CREATED], event("response.output_item.added")],
  ["a reasoning summary", [CREATED], event("response.reasoning_summary.done")],
  [
    "a delta of unknown type",
    [CREATED, event("response.brand_new"), event("ping"), event("keepalive")],
    event("response.brand_new.delta"),
  ],
  ...["codex.note", "brand.new"].map((
    type,
  ): [string, readonly Bytes[], Bytes] => [
    `256 KiB of ${type}`,
    [CREATED],
    concat(
      new Array<Bytes>(2400).fill(event(type, { text: "x".repeat(80) })),
    ),
  ]),
];

for (const [what, first, commits] of COMMITS) {
  Deno.test(`the window ends with ${what}, and not before`, async () => {
    const { promise: go, resolve } = Promise.withResolvers<void>();
    await using upstream = new RawUpstream(async (exchange) => {
      await exchange.begin();
      for (const chunk of first) await exchange.chunk(chunk);
      await go;
      await exchange.chunk(commits);
      await exchange.left;
    });
    await using test = await gatewayTo(upstream);
    const leave = new AbortController();
    let answered = false;
    const turn = test.turn({}, { signal: leave.signal });
    void turn.then(() => answered = true, () => {});
    // Long enough for an answer that is not held back to be here.
    while (upstream.heads.length === 0) await pause(5);
    await pause(50);
    assertEquals(answered, false, "committed too early");

    resolve();
    const response = await turn;
    assertEquals(response.status, 200);
    const sent = concat([...first, commits]);
    const reader = response.body?.getReader();
    let got = "";
    const decoder = new TextDecoder();
    while (got.length < text(sent).length) {
      const read = await reader?.read();
      got += decoder.decode(read?.value, { stream: true });
    }
    assertEquals(got, text(sent));
    leave.abort();
    await assertQuiet(test);
  });
}

Deno.test("the window ends when its time is over", async () => {
  const { promise: over, resolve } = Promise.withResolvers<void>();
  await using upstream = new RawUpstream(async (exchange) => {
    await exchange.begin();
    await exchange.chunk(CREATED);
    await over;
    await exchange.chunk(failed("server_is_overloaded"));
    await exchange.end();
  });
  await using test = await gatewayTo(upstream, {
    accounts: ["a", "b"],
    windowMs: 20,
  });
  const response = await test.turn();
  assertEquals(response.status, 200);
  resolve();
  const body = await response.text();
  assertEquals(upstream.heads.length, 1, "a committed turn moves nowhere");
  assertStringIncludes(body, "it is server_is_overloaded");
});

Deno.test("a failing preamble over several chunks moves the turn", async () => {
  let turns = 0;
  await using upstream = new RawUpstream(async (exchange) => {
    await exchange.begin();
    if (turns++ > 0) {
      await exchange.chunk(WHOLE);
    } else {
      const sent = concat([CREATED, failed("slow_down")]);
      for (const piece of cutAt(sent, [3, 40, 90, 150, 200])) {
        await exchange.chunk(piece);
      }
    }
    await exchange.end();
  });
  await using test = await gatewayTo(upstream, { accounts: ["a", "b"] });
  assertEquals(text(await (await test.turn()).bytes()), text(WHOLE));
  assertEquals(upstream.heads.length, 2);
  assert((await test.views())["a"]?.["blocked_reason"] === "rate_limited");
});

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

Deno.test("a limit behind two echoes of a large request moves the turn", async () => {
  const echo = (type: string) => event(type, { tools: "x".repeat(100_000) });
  const asked: string[] = [];
  await using upstream = new RawUpstream(async (exchange) => {
    asked.push("turn");
    await exchange.begin();
    await exchange.chunk(echo("response.created"));
    await exchange.chunk(echo("response.in_progress"));
    await exchange.chunk(
      asked.length === 1
        ? event("response.failed", {
          response: { error: { code: "rate_limit_exceeded" } },
        })
        : concat([DELTA, COMPLETED]),
    );
    await exchange.end();
  });
  await using test = await startTestGateway({
    accounts: ["a", "b"],
    warm: true,
    upstream: upstream.url,
  });
  const text = await (await test.turn()).text();
  assert(text.includes("response.completed"), text.slice(-200));
  assertEquals(asked.length, 2);
});
