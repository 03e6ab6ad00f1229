import { assertEquals } from "@std/assert";
import { stateView } from "../../../lib/server/view/shown_account.ts";
import { movedView } from "../../../lib/server/view/turn_view.ts";

type Facts = Parameters<typeof stateView>[0];

const READY: Facts = {
  serves: "now",
  serves_at: null,
  routing_state: "ready",
  keep: 0,
  paused: false,
  persist_pending: false,
};

const STATES: ReadonlyArray<[facts: Partial<Facts>, expected: string]> = [
  [{}, "ready: ready"],
  [{ routing_state: "cold" }, "ready: ready"],
  [{ serves: "spent" }, "limited: used up"],
  [{ serves: "quota_exhausted" }, "limited: used up"],
  [{ serves: "kept", keep: 20 }, "limited: down to the 20 % kept"],
  [{ serves: "rate_limited" }, "limited: rate limited"],
  [{ serves: "paused" }, "paused: paused"],
  [{ serves: "duplicate" }, "paused: same as bob"],
  [
    { serves: "invalid", routing_state: "auth_invalid" },
    "needs_you: signed out",
  ],
  [
    { serves: "paused", routing_state: "auth_invalid" },
    "needs_you: signed out",
  ],
  [{ persist_pending: true }, "needs_you: ready, not saved"],
];

for (const [facts, expected] of STATES) {
  Deno.test(`state of ${JSON.stringify(facts)}`, () => {
    const { mark, words } = stateView({ ...READY, ...facts }, "bob");
    assertEquals(`${mark}: ${words}`, expected);
  });
}

Deno.test("a move says from whom, why and until when", () => {
  const at = Date.UTC(2026, 10, 29, 14, 40);
  assertEquals(movedView({ from: "ada", reason: "spent", until: at }), {
    from: "ada",
    why: "used up",
    until: "2026-11-29T14:40:00Z",
  });
  const gone = { from: undefined, reason: "removed", until: undefined };
  assertEquals(movedView(gone), { from: null, why: "gone", until: null });
  const odd = { from: "ada", reason: "some_new_kind", until: undefined };
  assertEquals(movedView(odd).why, "some new kind");
});
