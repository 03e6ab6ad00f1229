/** Codex callers are shown what the pool has left, never one account alone. */
import { assert, assertEquals } from "@std/assert";
import { extraHeaders } from "../../lib/simulator/faults/faults.ts";
import { refusal } from "../../lib/simulator/faults/refusals.ts";
import { isObject, objectField } from "../../lib/protocol/json.ts";
import { SseScanner } from "../../lib/protocol/sse.ts";
import { Caller, type Event } from "../support/caller.ts";
import {
  CODEX_HEADERS,
  startTestGateway,
  type TestGateway,
} from "../support/gateway.ts";
import { type RawExchange, RawUpstream } from "../support/raw_upstream.ts";
import { COMPLETED, CREATED, DELTA, event } from "../support/turns.ts";

const LIMITS = "codex.rate_limits";

/** Three accounts that have all told what is used of them. */
async function startPool(
  used: Readonly<Record<string, number>>,
  flags: readonly string[] = [],
): Promise<TestGateway> {
  const names = Object.keys(used);
  const test = await startTestGateway({
    accounts: names,
    flags: ["--routing-policy=round_robin", ...flags],
    warm: true,
    websockets: true,
  });
  for (const [name, primary] of Object.entries(used)) {
    test.account(name).usedPercent = { primary, secondary: 10 };
  }
  for (const _ of names) await (await test.turn()).body?.cancel();
  return test;
}

const NEARLY_SPENT = { a: 97, b: 0, c: 0 };

/** The header lines about limits, without those about time. */
function limitsIn(headers: Headers): Record<string, string> {
  return Object.fromEntries(
    [...headers].filter(([name]) =>
      /limit|percent|minutes|credits|plan|promo/.test(name)
    ),
  );
}

const POOLED = {
  "x-codex-primary-used-percent": "32",
  "x-codex-primary-window-minutes": "300",
  "x-codex-secondary-used-percent": "10",
  "x-codex-secondary-window-minutes": "10080",
};

for (const mode of ["normalize", "passthrough"]) {
  Deno.test(`the headers of a turn have the pool's limits, in ${mode}`, async () => {
    const flags = [`--fingerprint-mode=${mode}`];
    await using test = await startPool(NEARLY_SPENT, flags);
    test.account("a").fault(extraHeaders([
      ["x-codex-bengalfox-primary-used-percent", "77"],
      ["x-codex-bengalfox-limit-name", "gpt-x-spark"],
      ["x-codex-active-limit", "codex"],
      ["x-codex-promo-message", "Buy more"],
    ]));
    const now = Date.now() / 1000;
    for (let turn = 0; turn < 3; turn++) {
      const { headers, body } = await test.turn();
      await body?.cancel();
      assertEquals(limitsIn(headers), POOLED);
      for (const place of ["primary", "secondary"]) {
        const reset = Number(headers.get(`x-codex-${place}-reset-at`));
        assert(Number.isInteger(reset) && reset > now, `${reset}`);
      }
    }
  });
}

Deno.test("an SDK caller's turn has no limits", async () => {
  await using test = await startPool(NEARLY_SPENT);
  const { headers, body } = await test.turn({}, {
    headers: { originator: "" },
  });
  await body?.cancel();
  assertEquals(limitsIn(headers), {});
});

Deno.test("a refusal that passes has the pool's limits, too", async () => {
  await using test = await startPool(NEARLY_SPENT);
  const error = { type: "invalid_request_error", code: null, message: "no" };
  test.account("a").fault(
    refusal(422, { error }, [
      ["x-codex-primary-used-percent", "98"],
      ["x-codex-primary-window-minutes", "300"],
      ["x-codex-limit-name", "codex"],
    ]),
  );
  const response = await test.turn();
  await response.body?.cancel();
  assertEquals(response.status, 422);
  assertEquals(limitsIn(response.headers), {
    ...POOLED,
    "x-codex-primary-used-percent": "33",
    "x-codex-secondary-used-percent": "7",
  });
});

Deno.test("an answer that tells nothing of limits is not given any", async () => {
  await using test = await startPool(NEARLY_SPENT);
  const { headers, body } = await fetch(
    test.url("/v1/models?client_version=0.171.0"),
    { headers: CODEX_HEADERS },
  );
  await body?.cancel();
  assertEquals(limitsIn(headers), {});
});

/** `class used%` of an event's windows. */
function windowsIn(limits: Event | undefined): string {
  const told = objectField(limits ?? {}, "rate_limits") ?? {};
  return ["primary", "secondary"].map((place) => {
    const window = told[place];
    return isObject(window)
      ? `${window["window_minutes"]} ${window["used_percent"]}%`
      : `${window}`;
  }).join(", ");
}

Deno.test("over a websocket the event of each turn has the pool's limits, in upstream's form", async () => {
  await using test = await startPool(NEARLY_SPENT);
  using caller = await Caller.open(test);
  assertEquals(limitsIn(caller.headers), POOLED);
  for (let turn = 0; turn < 3; turn++) {
    const events = await caller.turn();
    const limits = events.filter(({ type }) => type === LIMITS);
    assertEquals(limits.map(windowsIn), ["300 32%, 10080 10%"]);
    const [upstreams] = test.simulator.connections
      .flatMap(({ framesOut }) => framesOut)
      .map((text) => JSON.parse(text)).filter(({ type }) => type === LIMITS);
    assertEquals(
      shape({ ...limits[0], credits: {} }),
      shape({ ...upstreams, credits: {} }),
    );
    assertEquals(events.findIndex(({ type }) => type === LIMITS), 2);
  }
});

/** The keys, and the types of their values. */
function shape(value: unknown): unknown {
  return isObject(value)
    ? Object.fromEntries(
      Object.entries(value).map(([key, inner]) => [key, shape(inner)]),
    )
    : value === null
    ? null
    : typeof value;
}

Deno.test("the figures follow the account that has just served", async () => {
  await using test = await startPool({ a: 0, b: 0 });
  for (const name of ["a", "b"]) {
    test.account(name).usedPercent = { primary: 92, secondary: 10 };
  }
  const seen: (string | null)[] = [];
  for (let turn = 0; turn < 2; turn++) {
    const { headers, body } = await test.turn();
    await body?.cancel();
    seen.push(headers.get("x-codex-primary-used-percent"));
  }
  assertEquals(seen, ["46", "92"]);
});

Deno.test("over a websocket an SDK caller gets no such event", async () => {
  await using test = await startPool(NEARLY_SPENT);
  using caller = await Caller.open(test, { headers: { originator: "sdk" } });
  const events = await caller.turn();
  assertEquals(events.filter(({ type }) => type === LIMITS), []);
  assertEquals(events.at(-1)?.type, "response.completed");
});

function limitsEvent(used: number, name = "codex") {
  return event(LIMITS, {
    metered_limit_name: name,
    rate_limits: { primary: { used_percent: used, window_minutes: 300 } },
  });
}

async function streamOf(
  exchange: RawExchange,
  ...pieces: readonly Uint8Array<ArrayBuffer>[]
): Promise<void> {
  await exchange.begin();
  for (const piece of pieces) await exchange.chunk(piece);
  await exchange.end();
}

async function eventsOf(response: Response): Promise<readonly Event[]> {
  const bytes = await response.bytes();
  return new SseScanner(() => true).push(bytes).map(({ data }) =>
    JSON.parse(data)
  );
}

Deno.test("in a stream the first such event is replaced, and the others are taken out", async () => {
  await using upstream = new RawUpstream((exchange) =>
    streamOf(
      exchange,
      CREATED,
      limitsEvent(40),
      limitsEvent(70, "codex_bengalfox"),
      DELTA,
      limitsEvent(41),
      COMPLETED,
    )
  );
  await using test = await startTestGateway({
    warm: true,
    upstream: upstream.url,
  });
  const codex = await eventsOf(await test.turn());
  assertEquals(codex.map(({ type }) => type), [
    "response.created",
    LIMITS,
    "response.output_text.delta",
    "response.completed",
  ]);
  assertEquals(windowsIn(codex[1]), "300 40%, null");
  const sdk = await eventsOf(
    await test.turn({}, { headers: { originator: "" } }),
  );
  assertEquals(sdk.map(({ type }) => type), [
    "response.created",
    "response.output_text.delta",
    "response.completed",
  ]);
});

Deno.test("an event of another limit tells nothing of the pool", async () => {
  await using upstream = new RawUpstream((exchange) =>
    streamOf(
      exchange,
      CREATED,
      limitsEvent(70, "codex_bengalfox"),
      limitsEvent(40),
      DELTA,
      COMPLETED,
    )
  );
  await using test = await startTestGateway({
    warm: true,
    upstream: upstream.url,
  });
  const [, limits, ...rest] = await eventsOf(await test.turn());
  assertEquals(windowsIn(limits), "300 40%, null");
  assertEquals(rest.length, 2);
});
