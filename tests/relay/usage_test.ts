/** What turns have used, as the admin port tells it after the real thing. */
import { assert, assertEquals } from "@std/assert";
import { join } from "@std/path";
import {
  cutAfter,
  type Fault,
  responseFailed,
} from "../../lib/simulator/faults/faults.ts";
import { insufficientQuota } from "../../lib/simulator/faults/refusals.ts";
import type { UsageRowView } from "../../lib/server/admin/usage_view.ts";
import { assertNoToken } from "../support/canary.ts";
import { Caller, type Event } from "../support/caller.ts";
import {
  CODEX_HEADERS,
  restartGateway,
  startFillFirst,
  type TestGateway,
} from "../support/gateway.ts";
import { assertQuiet } from "../support/quiet.ts";
import { RawUpstream } from "../support/raw_upstream.ts";
import { metricsOf } from "../support/status.ts";
import { TRANSPORTS, Turns } from "../support/transports.ts";

async function usageOf(
  test: TestGateway,
  query = "",
): Promise<readonly UsageRowView[]> {
  const answer = await test.admin(`/admin/usage${query}`);
  const text = await answer.text();
  assertNoToken(text, "/admin/usage");
  return JSON.parse(text).days;
}

/** Without the day and the label, which is the account's here. */
async function figuresOf(test: TestGateway) {
  return (await usageOf(test)).map(({ day: _, label: __, ...row }) => row);
}

/** What the terminal events of these turns say, added up. */
function saidIn(turns: readonly (readonly Event[])[]) {
  const sum = { turns: 0, input: 0, cached: 0, output: 0, reasoning: 0 };
  for (const events of turns) {
    const { response } = JSON.parse(JSON.stringify(events.at(-1)));
    const { usage } = response;
    sum.turns++;
    sum.input += usage.input_tokens;
    sum.cached += usage.input_tokens_details.cached_tokens;
    sum.output += usage.output_tokens;
    sum.reasoning += usage.output_tokens_details.reasoning_tokens;
  }
  return sum;
}

/** After so many events there was content, over either transport. */
const CONTENT = 6;

/** Ends a turn after its content with these tokens. */
function used(
  usage: Readonly<Record<string, unknown>>,
  after = CONTENT,
): Fault {
  // A second end of one response would be dropped.
  const id = `resp_${crypto.randomUUID()}`;
  const response = { id, status: "completed", usage };
  return {
    kind: "event",
    after,
    event: { type: "response.completed", response },
  };
}

const CACHED = {
  input_tokens: 1_000,
  input_tokens_details: { cached_tokens: 900 },
  output_tokens: 70,
  output_tokens_details: { reasoning_tokens: 30 },
};

for (const transport of TRANSPORTS) {
  Deno.test(`over ${transport}, the usage is what the terminal events say`, async () => {
    await using test = await startFillFirst();
    test.account("a").fault(used(CACHED));
    using turns = new Turns(test, transport);
    const events = [await turns.next(), await turns.next(), await turns.next()];
    await assertQuiet(test);
    const said = saidIn(events);
    assertEquals([said.cached, said.reasoning], [900, 30]);
    assertEquals(await figuresOf(test), [{
      account: "a",
      model: "gpt-6.2-sol",
      ...said,
      moves: 0,
      cold_input: 0,
    }]);
    const metrics = await metricsOf(test);
    for (const kind of ["input", "cached", "output", "reasoning"] as const) {
      const series = `codaze_tokens_total{kind="${kind}"}`;
      assertEquals(metrics[series], said[kind], series);
    }
  });

  Deno.test(`over ${transport}, the figures of a turn are in its line`, async () => {
    await using test = await startFillFirst();
    test.account("a").fault(used(CACHED));
    using turns = new Turns(test, transport);
    await turns.next();
    await assertQuiet(test);
    const [line] = test.log.filter(({ message }) => message === "turn ended");
    const { input_tokens, cached_tokens, output_tokens } = line?.fields ?? {};
    assertEquals([input_tokens, cached_tokens, output_tokens], [
      1_000,
      900,
      70,
    ]);
  });

  Deno.test(`over ${transport}, a failed turn counts if upstream counts it`, async () => {
    await using test = await startFillFirst({ accounts: ["a"] });
    const response = { error: { code: "server_error" }, usage: CACHED };
    test.account("a").fault({
      kind: "event",
      after: CONTENT,
      event: { type: "response.failed", response },
    });
    test.account("a").fault(responseFailed("server_error", "down", CONTENT));
    test.account("a").fault(cutAfter(CONTENT));
    for (let turn = 0; turn < 3; turn++) {
      using turns = new Turns(test, transport);
      await turns.next();
    }
    await assertQuiet(test);
    assertEquals(
      (await figuresOf(test)).map(({ turns, input }) => [turns, input]),
      [[1, 1_000]],
    );
  });
}

/** Turns of one session. */
interface Session extends Disposable {
  readonly turn: () => Promise<unknown>;
}

const SESSIONS: Readonly<
  Record<string, (test: TestGateway) => Promise<Session>>
> = {
  events: (test) => {
    const headers = { "session-id": "s" };
    const turn = async () => await (await test.turn({}, { headers })).text();
    return Promise.resolve({ turn, [Symbol.dispose]: () => {} });
  },
  websocket: async (test) => {
    const caller = await Caller.open(test, { headers: { "session-id": "s" } });
    return {
      turn: () => caller.turn(),
      [Symbol.dispose]: () => caller.cut(),
    };
  },
};

for (const [transport, open] of Object.entries(SESSIONS)) {
  // Content first, or nothing but the terminal event.
  for (const after of [CONTENT, 1]) {
    Deno.test(`over ${transport}, a move costs what was not cached, ${after} events in`, async () => {
      await using test = await startFillFirst();
      using session = await open(test);
      test.account("a").fault(used(CACHED));
      test.account("a").fault(insufficientQuota());
      const cold = { ...CACHED, input_tokens_details: { cached_tokens: 200 } };
      test.account("b").fault(used(cold, after));
      test.account("b").fault(used(CACHED));
      for (let turn = 0; turn < 3; turn++) await session.turn();
      await assertQuiet(test);
      assertEquals(
        (await figuresOf(test)).map((row) => [
          row.account,
          row.turns,
          row.moves,
          row.cold_input,
        ]).toSorted(),
        [["a", 1, 0, 0], ["b", 2, 1, 800]],
      );
    });
  }
}

const WHOLE_USAGE = JSON.stringify({ output: [], usage: CACHED });

const WHOLE: ReadonlyArray<[path: string, turns: number | undefined]> = [
  ["/v1/responses", 1],
  // It costs tokens, but is no turn.
  ["/v1/responses/compact", 0],
  ["/v1/images/generations", undefined],
];

for (const [path, turns] of WHOLE) {
  Deno.test(`a whole answer of ${path} counts as ${turns} turns`, async () => {
    await using upstream = new RawUpstream((exchange) =>
      exchange.raw(
        "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n" +
          `content-length: ${WHOLE_USAGE.length}\r\n\r\n${WHOLE_USAGE}`,
      )
    );
    await using test = await startFillFirst({ upstream: upstream.url });
    const response = await fetch(test.url(path), {
      method: "POST",
      headers: CODEX_HEADERS,
      body: '{"model":"m","input":[],"prompt":"p"}',
    });
    assertEquals([response.status, await response.text()], [200, WHOLE_USAGE]);
    assertEquals(
      (await figuresOf(test)).map((row) => [row.turns, row.input, row.model]),
      turns === undefined ? [] : [[turns, 1_000, "m"]],
    );
  });
}

Deno.test("the files hold no prompt, email, label, id or token", async () => {
  await using test = await startFillFirst({ accounts: ["Canary-Label"] });
  const input = [{
    type: "message",
    role: "user",
    content: [{ type: "input_text", text: "say: canary-prompt" }],
  }];
  await (await test.turn({ input })).text();
  using caller = await Caller.open(test);
  await caller.turn({ input });
  await usageOf(test);
  const folder = join(test.dir, ".codaze-usage");
  let texts = "";
  for await (const { name } of Deno.readDir(folder)) {
    texts += await Deno.readTextFile(join(folder, name));
  }
  assertEquals(texts.split("gpt-6.2-sol").length, 2, texts);
  assertNoToken(texts, "the usage");
  assert(!/canary|acct|user-|@/i.test(texts), texts);
  await assertQuiet(test);
});

Deno.test("figures outlive a restart, a rename and the account", async () => {
  await using test = await startFillFirst({ accounts: ["a", "b"] });
  const names = async (gateway: TestGateway) =>
    (await usageOf(gateway)).map(({ account, label, turns }) =>
      `${account} ${label} ${turns}`
    );
  await (await test.turn()).text();
  await test.gateway.stop(0);
  await Deno.rename(join(test.dir, "a.json"), join(test.dir, "other.json"));
  await using again = await restartGateway(test);
  assertEquals(await names(again), ["other a 1"]);
  const { status } = await again.admin("/admin/accounts/other", {
    method: "DELETE",
    headers: { "content-type": "application/json" },
  });
  assertEquals(status, 204);
  assertEquals(await names(again), ["null null 1"]);
});

const DAYS: ReadonlyArray<[query: string, status: number]> = [
  ["?days=1", 200],
  ["?days=90", 200],
  ["?days=", 400],
  ["?days=0", 400],
  ["?days=91", 400],
  ["?days=1.5", 400],
  ["?days=-1", 400],
  ["?days=week", 400],
];

Deno.test("days= is from 1 to 90", async () => {
  await using test = await startFillFirst();
  for (const [query, expected] of DAYS) {
    const answer = await test.admin(`/admin/usage${query}`);
    const { days, error } = await answer.json();
    assertEquals(answer.status, expected, query);
    if (expected === 200) assertEquals(days, []);
    else {
      assertEquals(
        error.message,
        `unsupported days \`${
          query.slice(6)
        }\`; expected a whole number from 1 to 90`,
      );
    }
  }
});
