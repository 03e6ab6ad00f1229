/**
 * What must hold when nothing runs any more, whatever a test has done.
 */
import { assertEquals } from "@std/assert";
import type { TestGateway } from "./gateway.ts";

/** Resolves when no account has anything under way. */
export async function idle(test: TestGateway): Promise<void> {
  for (let left = 500; left > 0; left--) {
    const busy = test.gateway.registry.accounts().some((account) =>
      account.inFlight > 0 || account.refreshInFlight
    );
    if (!busy) return;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

/** Nothing in flight, and upstream was never shown what was not its own. */
export async function assertQuiet(test: TestGateway): Promise<void> {
  await idle(test);
  const views = Object.values(await test.views());
  assertEquals(
    views.map((
      view,
    ) => [view["in_flight_requests"], view["refresh_in_flight"]]),
    views.map(() => [0, false]),
    "something is still under way",
  );
  assertEquals(test.simulator.violations, []);
}

/** No account is blocked, and none has anything to be sorry for. */
export async function assertNobodyBlamed(test: TestGateway): Promise<void> {
  for (const [id, view] of Object.entries(await test.views())) {
    assertEquals(
      [view["blocked_reason"], view["last_error"]],
      [null, null],
      id,
    );
  }
}

/** Nothing is under way; state of each account, and why it is blocked. */
export async function assertStates(
  test: TestGateway,
  expected: Readonly<Record<string, readonly (string | null)[]>>,
): Promise<void> {
  await assertQuiet(test);
  assertEquals(
    Object.fromEntries(
      Object.entries(await test.views()).map(([id, view]) => [
        id,
        [view["routing_state"], view["blocked_reason"]],
      ]),
    ),
    Object.fromEntries(
      Object.entries(expected).map(([id, states]) => [id, states.slice(0, 2)]),
    ),
  );
}
