/** Whatever is thrown where nothing should be, a lease is given back. */
import { assert, assertEquals } from "@std/assert";
import type { Runtime } from "../../lib/runtime.ts";
import { startTestGateway, type TestGateway } from "../support/gateway.ts";
import { assertNobodyBlamed, assertQuiet } from "../support/quiet.ts";
import { system } from "../support/system.ts";

type Part = "now" | "random" | "log";

/** A runtime of which one call of one part throws. */
class FaultyRuntime {
  part: Part | undefined;
  callsLeft = 0;
  thrown = 0;

  get runtime(): Partial<Runtime> {
    const log = () => this.#count("log");
    return {
      now: () => (this.#count("now"), system.now()),
      random: () => (this.#count("random"), system.random()),
      log: { debug: log, info: log, warn: log, error() {} },
    };
  }

  #count(part: Part): void {
    if (part !== this.part || --this.callsLeft !== 0) return;
    this.thrown++;
    throw new Error(`a bug in ${part}`);
  }
}

/** Asks for a turn, whatever becomes of it. */
async function attemptTurn(test: TestGateway): Promise<number> {
  const response = await test.turn();
  await response.text().catch(() => {});
  return response.status;
}

const SCENES: ReadonlyArray<
  [what: string, prepare: (test: TestGateway) => void]
> = [
  ["a plain turn", () => {}],
  ["a refused turn", (test) => {
    test.account("a").fault({
      kind: "status",
      status: 400,
      headers: [],
      body: "{}",
      bodyAfterMs: undefined,
    });
  }],
  ["a broken connection", (test) => {
    test.account("a").fault({ kind: "reset" });
  }],
  ["a failover", (test) => {
    test.account("a").fault({
      kind: "failed",
      after: 1,
      code: "slow_down",
      message: "no",
    });
  }],
];

for (const part of ["now", "random", "log"] as const) {
  for (const [what, prepare] of SCENES) {
    Deno.test({
      name: `a throwing ${part} in ${what} keeps no lease`,
      // An answer that a bug has dropped is closed when it is collected.
      sanitizeResources: false,
      fn: () => throwing(part, prepare),
    });
  }
}

async function throwing(
  part: Part,
  prepare: (test: TestGateway) => void,
): Promise<void> {
  const faulty = new FaultyRuntime();
  await using test = await startTestGateway({
    accounts: ["a", "b"],
    warm: true,
    flags: ["--routing-policy=fill_first"],
    runtime: faulty.runtime,
  });
  // The first call, the second, … until a turn gets by without throwing.
  for (let call = 1; call < 100; call++) {
    test.simulator.clearFaults();
    for (const id of ["a", "b"]) test.gateway.registry.wake(id);
    prepare(test);
    faulty.part = part;
    faulty.callsLeft = call;
    const before = faulty.thrown;
    await attemptTurn(test);
    faulty.part = undefined;
    await assertQuiet(test);
    if (faulty.thrown === before) break;
  }
  test.simulator.clearFaults();
  assertEquals(await attemptTurn(test), 200);
  await assertQuiet(test);
}

const ODD_FETCHES: ReadonlyArray<[what: string, fetch: Runtime["fetch"]]> = [
  ["throws a string", () => {
    // deno-lint-ignore no-throw-literal
    throw "no";
  }],
  ["rejects with nothing", () => Promise.reject(undefined)],
  [
    "rejects with an abort nobody asked for",
    () => Promise.reject(new DOMException("no", "AbortError")),
  ],
  [
    "gives a body that fails at once",
    () => Promise.resolve(oddStream((controller) => controller.error("no"))),
  ],
  ["gives a body that is read already", () => {
    const response = oddStream(() => {});
    response.body?.getReader();
    return Promise.resolve(response);
  }],
  ["gives a unary body that fails", () =>
    Promise.resolve(
      oddStream((controller) => controller.error("no"), 200, "text/plain"),
    )],
  ["gives nothing at all", () => Promise.resolve(JSON.parse("null"))],
];

function oddStream(
  start: (controller: ReadableByteStreamController) => void,
  status = 200,
  type = "text/event-stream",
): Response {
  return new Response(new ReadableStream({ type: "bytes", start }), {
    status,
    headers: { "content-type": type },
  });
}

for (const [what, fetch] of ODD_FETCHES) {
  Deno.test(`a fetch that ${what} keeps no lease and blames nobody`, async () => {
    await using test = await startTestGateway({
      accounts: ["a", "b"],
      warm: true,
      runtime: { fetch },
    });
    const status = await attemptTurn(test);
    assert(status >= 500, `${status}`);
    await assertQuiet(test);
    await assertNobodyBlamed(test);
  });
}

Deno.test("a fetch that gives an error body that fails keeps no lease, and its status counts", async () => {
  await using test = await startTestGateway({
    accounts: ["a"],
    warm: true,
    runtime: {
      fetch: () =>
        Promise.resolve(oddStream((controller) => controller.error("no"), 500)),
    },
  });
  assertEquals(await attemptTurn(test), 500);
  await assertQuiet(test);
  const { a } = await test.views();
  assertEquals(a?.["blocked_source"], "local_backoff");
});
