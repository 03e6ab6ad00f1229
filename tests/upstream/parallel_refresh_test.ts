/** Many requests and one expired token: one refresh, whoever asks for it. */
import { assertEquals } from "@std/assert";
import type { OutgoingRequest } from "../../lib/runtime.ts";
import { completed } from "../support/answers.ts";
import { Caller } from "../support/caller.ts";
import { startTestGateway, type TestGateway } from "../support/gateway.ts";
import { grants } from "../support/grants.ts";
import { until } from "../support/load.ts";
import { assertNobodyBlamed, assertQuiet } from "../support/quiet.ts";
import { system } from "../support/system.ts";

const isTurn = ({ url }: OutgoingRequest) =>
  url.pathname.endsWith("/responses");
const isGrant = ({ url }: OutgoingRequest) => url.pathname === "/oauth/token";

/** Holds requests of one kind back until it is opened. */
class Gate {
  arrived = 0;
  readonly #holds: (request: OutgoingRequest) => boolean;
  readonly #opened = Promise.withResolvers<void>();

  constructor(holds: (request: OutgoingRequest) => boolean) {
    this.#holds = holds;
  }

  open(): void {
    this.#opened.resolve();
  }

  readonly fetch = async (request: OutgoingRequest): Promise<Response> => {
    if (this.#holds(request)) {
      this.arrived++;
      await this.#opened.promise;
    }
    return await system.fetch(request);
  };
}

function turns(test: TestGateway, count: number): Promise<void>[] {
  return Array.from({ length: count }, () => completed(test.turn()));
}

for (const count of [20, 200]) {
  Deno.test(`${count} requests whose token expires under way are one refresh`, async () => {
    const gate = new Gate(isTurn);
    await using test = await startTestGateway({
      accounts: ["a"],
      warm: true,
      runtime: { fetch: gate.fetch },
    });
    const open = turns(test, count);
    await until(() => gate.arrived === count, "all are under way");
    test.account("a").expireAccessTokens();
    gate.open();
    await Promise.all(open);
    assertEquals(grants(test), 1);
    await assertQuiet(test);
    await assertNobodyBlamed(test);
  });
}

Deno.test("turns, websockets and a person who asks for it share one refresh", async () => {
  const gate = new Gate(isGrant);
  await using test = await startTestGateway({
    accounts: ["a"],
    websockets: true,
    runtime: { fetch: gate.fetch },
  });
  const first = completed(test.turn());
  await until(() => gate.arrived === 1, "the refresh is under way");

  const byHand = test.admin("/admin/accounts/a/refresh", {
    method: "POST",
    headers: { "content-type": "application/json" },
  });
  const overHttp = turns(test, 20);
  const overWebsocket = Array.from({ length: 20 }, async () => {
    using caller = await Caller.open(test);
    assertEquals((await caller.turn()).at(-1)?.type, "response.completed");
  });
  const account = test.gateway.registry.get("a");
  await until(() => account?.inFlight === 41, "all wait for it");
  gate.open();
  await Promise.all([first, ...overHttp, ...overWebsocket]);
  const answer = await byHand;
  assertEquals(answer.status, 200);
  await answer.body?.cancel();
  assertEquals(grants(test), 1);
  await assertQuiet(test);
  await assertNobodyBlamed(test);
});

Deno.test("a late 401 for the token of a refresh that is outdated costs nothing", async () => {
  const late = Promise.withResolvers<void>();
  let sends = 0;
  const fetch = async (request: OutgoingRequest) => {
    // The first turn's second send: it has the token of the first refresh.
    if (isTurn(request) && ++sends === 2) await late.promise;
    return await system.fetch(request);
  };
  await using test = await startTestGateway({
    accounts: ["a"],
    warm: true,
    runtime: { fetch },
  });
  const account = test.account("a");
  account.expireAccessTokens();
  const slow = completed(test.turn());
  await until(() => sends === 2, "the first turn has been refreshed");
  account.expireAccessTokens();
  await completed(test.turn());
  assertEquals(account.refreshCount, 2);
  late.resolve();
  await slow;
  assertEquals(account.refreshCount, 2);
  await assertQuiet(test);
  await assertNobodyBlamed(test);
});
