/** Every fault of the table, over both transports: one clean answer, and why. */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import * as faults from "../../lib/simulator/faults/faults.ts";
import { startFillFirst } from "../support/gateway.ts";
import {
  assertNobodyBlamed,
  assertQuiet,
  assertStates,
} from "../support/quiet.ts";
import {
  asked,
  assertWhole,
  TRANSPORTS,
  Turns,
} from "../support/transports.ts";
import { NOW, READY, SPENT, STILL, TURN_FAULTS } from "./turn_faults.ts";

const CASES = TURN_FAULTS.flatMap((row) =>
  TRANSPORTS.filter((transport) => transport === (row.only ?? transport)).map(
    (transport) => ({ transport, ...row }),
  )
);

for (const { what, transport, fault, times = 1, ...one } of CASES) {
  Deno.test(`${what}, over ${transport}: one clean answer`, async () => {
    await using test = await startFillFirst({
      accounts: ["a", "b", "c"],
      // Short only where somebody has to lose patience.
      timeouts: { headersMs: one.headersMs ?? 60_000, windowMs: 60_000 },
      runtime: STILL,
    });
    test.account("a").fault(fault, times);
    using turns = new Turns(test, transport);
    assertWhole(await turns.next());

    await assertQuiet(test);
    assertEquals(asked(test).join(""), one.asked ?? "ab");
    assertEquals(test.account("a").refreshCount, one.refreshes ?? 0);

    const { a, b, c } = await test.views();
    const blocked = [
      a?.["routing_state"],
      a?.["blocked_reason"],
      a?.["blocked_source"],
    ];
    assertEquals(blocked, [...one.blocked]);
    if (one.blockedFor !== undefined) {
      const until = Date.parse(String(a?.["blocked_until"])) - NOW;
      const off = Math.abs(until - one.blockedFor * 1000);
      assert(off < 3000, `blocked for ${until} ms`);
    }
    for (const other of [b, c]) {
      assertEquals(other?.["routing_state"], "ready");
      assertEquals(other?.["last_error"], null);
    }
    assertEquals(typeof a?.["last_error"] === "string", one.blamed ?? true);

    assertWhole(await turns.next());
    await assertQuiet(test);
    const after = await test.views();
    assertEquals(
      ["a", "b", "c"].map((id) => after[id]?.["routing_state"]),
      [one.blocked[0], "ready", "ready"],
    );
  });
}

Deno.test("401: one refresh, one more try, the same account", async () => {
  await using test = await startFillFirst();
  test.account("a").expireAccessTokens();
  const response = await test.turn();
  assertStringIncludes(await response.text(), "response.completed");
  await assertQuiet(test);
  assertEquals(
    test.simulator.requests.map(({ target, account }) => [target, account]),
    [
      ["/backend-api/codex/responses", "a"],
      ["/oauth/token", "a"],
      ["/backend-api/codex/responses", "a"],
    ],
  );
  assertEquals((await test.views())["a"]?.["last_error"], null);
});

const BROKEN = {
  events: faults.connectionReset(),
  websocket: faults.cutAfter(0),
} as const;

for (const transport of TRANSPORTS) {
  Deno.test(`a usage limit that cuts an answer short is told, and cools, over ${transport}`, async () => {
    await using test = await startFillFirst();
    const fault = faults.responseIncomplete("usage_limit_reached", 5);
    test.account("a").fault(fault);
    using turns = new Turns(test, transport);
    assertEquals((await turns.next()).at(-1)?.type, "response.incomplete");
    await assertStates(test, { a: SPENT, b: READY });
    assertWhole(await turns.next());
    assertEquals(asked(test).join(""), "ab");
  });

  for (const names of ["a", "ab", "abc"]) {
    Deno.test(`a network that is broken for ${names} is told as such, over ${transport}`, async () => {
      await using test = await startFillFirst({ accounts: [...names] });
      for (const name of names) {
        test.account(name).fault(BROKEN[transport], Infinity);
      }
      using turns = new Turns(test, transport);
      const [event, ...others] = await turns.next();
      assertEquals(others, []);
      assertEquals(event?.["status"], 503);
      assertStringIncludes(JSON.stringify(event), '"upstream_unreachable"');
      // Three times on the first account, then once on one other.
      assertEquals(asked(test).join(""), `aaa${names.slice(1, 2)}`);
      await assertQuiet(test);
      await assertNobodyBlamed(test);
    });
  }
}
