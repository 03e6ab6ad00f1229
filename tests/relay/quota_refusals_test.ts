/** Every form of "your quota is used up" moves the turn and makes a block. */
import { assert, assertEquals } from "@std/assert";
import {
  type Fault,
  usageLimitInStream,
} from "../../lib/simulator/faults/faults.ts";
import { usageLimitReached } from "../../lib/simulator/faults/limits.ts";
import {
  asForbidden,
  creditBalanceExhausted,
  insufficientQuota,
  spendLimitExceeded,
} from "../../lib/simulator/faults/refusals.ts";
import type { Registry } from "../../lib/accounts/pool/registry.ts";
import { Caller } from "../support/caller.ts";
import { startTestGateway } from "../support/gateway.ts";

const now = Date.now();
const reached = usageLimitReached({ now, resetsAt: now + 3_600_000 });

const REFUSALS: Readonly<Record<string, Fault>> = {
  "usage_limit_reached": reached,
  "usage_limit_reached as 403": asForbidden(reached),
  "insufficient_quota": insufficientQuota(),
  "insufficient_quota as 403": asForbidden(insufficientQuota()),
  "credit_balance_exhausted": creditBalanceExhausted(),
  "organization_spend_limit_exceeded": spendLimitExceeded("organization"),
  "project_spend_limit_exceeded": spendLimitExceeded("project"),
  "response.incomplete that says so": usageLimitInStream(),
};

for (const [name, fault] of Object.entries(REFUSALS)) {
  for (const transport of ["events", "a websocket"]) {
    Deno.test(`${name} over ${transport} moves the turn`, async () => {
      await using test = await startTestGateway({
        accounts: ["a", "b"],
        warm: true,
        websockets: true,
        flags: ["--routing-policy=fill_first"],
      });
      test.account("a").fault(fault);
      if (transport === "events") {
        const text = await (await test.turn()).text();
        assert(text.includes("response.completed"), text);
      } else {
        using caller = await Caller.open(test);
        const events = await caller.turn();
        assertEquals(events.at(-1)?.type, "response.completed");
      }
      const { a, b } = await test.views();
      assertEquals(a?.["blocked_reason"], "quota_exhausted");
      assertEquals(b?.["blocked_reason"], null);
    });
  }
}

const WEEK = { minutes: 10_080, leftMs: 86_400_000 };

Deno.test("over a websocket a turn ends on its account, and the next one moves", async () => {
  await using test = await startTestGateway({
    accounts: ["a", "b"],
    warm: true,
    websockets: true,
    flags: ["--routing-policy=fill_first"],
  });
  test.account("a").setQuota({ windows: [{ ...WEEK, used: 97, cost: 2 }] });
  test.account("b").setQuota({ windows: [{ ...WEEK, used: 10 }] });
  using caller = await Caller.open(test, {
    headers: { "session-id": crypto.randomUUID() },
  });
  let state: string | undefined;
  const request = async (turn: string) => {
    const before = successes(test);
    const events = await caller.turn({
      client_metadata: {
        "x-codex-turn-metadata": JSON.stringify({ turn_id: turn }),
        ...state === undefined ? {} : { "x-codex-turn-state": state },
      },
    });
    const metadata = events.find(({ type }) => type === "response.metadata");
    const headers = metadata?.["headers"];
    state ??= typeof headers === "object" && headers !== null &&
        "x-codex-turn-state" in headers
      ? String(headers["x-codex-turn-state"])
      : undefined;
    assertEquals(events.at(-1)?.type, "response.completed", turn);
    const after = successes(test);
    return Object.keys(after).filter((id) => after[id] !== before[id]).join();
  };
  const served: string[] = [];
  for (let n = 0; n < 5; n++) served.push(await request("turn-1"));
  assertEquals(served, ["a", "a", "a", "a", "a"]);
  state = undefined;
  assertEquals(await request("turn-2"), "b");
});

Deno.test("a paused account's open websocket gets no new turn", async () => {
  await using test = await startTestGateway({
    accounts: ["a", "b"],
    warm: true,
    websockets: true,
    flags: ["--routing-policy=fill_first"],
  });
  using caller = await Caller.open(test);
  await caller.turn();
  const before = successes(test);
  test.gateway.registry.set("a", { paused: true });
  assertEquals((await caller.turn()).at(-1)?.type, "response.completed");
  const after = successes(test);
  assertEquals(before["a"], after["a"]);
});

/** The successes of each account so far. */
function successes(
  { gateway }: { readonly gateway: { readonly registry: Registry } },
): Record<string, number> {
  return Object.fromEntries(
    gateway.registry.accounts().map((
      one,
    ) => [one.id, one.attempts.get("success")]),
  );
}
