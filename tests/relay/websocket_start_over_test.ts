/**
 * A continued turn whose connection or account fails: the caller has to begin
 * anew, is told so once, and does it on the account that serves then.
 */
import { assert, assertEquals } from "@std/assert";
import { Caller, type Event, idOf } from "../support/caller.ts";
import { startFillFirst } from "../support/gateway.ts";
import { assertStates } from "../support/quiet.ts";
import { asked, assertWhole } from "../support/transports.ts";
import { READY, STILL, TURN_FAULTS } from "./turn_faults.ts";

const ONCE = TURN_FAULTS.filter(({ only, times = 1 }) =>
  only !== "events" && times === 1
);

for (const { what, fault, blocked } of ONCE) {
  Deno.test(`${what}: a continued turn starts over, once`, async () => {
    await using test = await startFillFirst({
      accounts: ["a", "b", "c"],
      runtime: STILL,
    });
    const served = blocked === READY ? "a" : "b";
    using caller = await Caller.open(test);
    const first = await caller.turn();
    test.account("a").fault(fault);
    const events = await caller.turn({ previous_response_id: idOf(first) });
    assertStartOver(events);

    using next = await Caller.open(test);
    assertEquals(test.simulator.connections.at(-1)?.account, served);
    assertWhole(await next.turn());
    assertEquals(asked(test).at(-1), served);
    await caller.close(1000);
    await caller.end();
    assertEquals(caller.texts.filter(isStartOver).length, 1);
    await assertStates(test, { a: blocked, b: READY, c: READY });
  });
}

function assertStartOver(events: readonly Event[]): void {
  assertEquals(events.length, 1, JSON.stringify(events));
  const [event] = events;
  assertEquals([event?.type, event?.["status"]], ["error", 400]);
  assert(isStartOver(JSON.stringify(event)));
}

function isStartOver(text: string): boolean {
  return text.includes('"previous_response_not_found"');
}
