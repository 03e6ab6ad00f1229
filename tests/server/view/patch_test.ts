/** What the server sends as a patch, and the page's script puts on top. */
import { assert, assertEquals } from "@std/assert";
import { applied } from "../../../lib/server/page/page.js";
import { changesIn, printed } from "../../../lib/server/view/patch.ts";
import type { View, ViewParts } from "../../../lib/server/view/view.ts";
import { seeded } from "../../support/random.ts";
import { randomlyChanged } from "./random_view.ts";
import { sampleAccount, sampleParts, sampleTurn } from "./sample.ts";

function patchOf(before: ViewParts, after: ViewParts) {
  return changesIn(after, { before: printed(before), next: printed(after) });
}

Deno.test("a patch has what has changed, and nothing else", () => {
  const before = sampleParts({
    accounts: [sampleAccount("ada"), sampleAccount("bob")],
    turns: [sampleTurn(2), sampleTurn(1, { outcome: "completed" })],
  });
  const after = {
    ...before,
    accounts: [before.accounts[0] ?? sampleAccount("x"), sampleAccount("cy")],
    turns: [sampleTurn(3), sampleTurn(2, { outcome: "failed" })],
    problems: [{ kind: "network", text: "No network.", cure: null }],
  };
  assertEquals(patchOf(before, after), {
    accounts: after.accounts.slice(1),
    accounts_gone: ["bob"],
    turns: after.turns,
    turns_gone: [1],
    problems: after.problems,
  });
  assertEquals(patchOf(after, structuredClone(after)), undefined);
});

Deno.test("a thousand patches on top of each other are the last view", () => {
  const random = seeded(14);
  let parts = sampleParts();
  let shown: View = { seq: 0, now: "", ...parts };
  for (let seq = 1; seq <= 1000; seq++) {
    const next = randomlyChanged(parts, random);
    const changes = patchOf(parts, next);
    parts = next;
    if (changes === undefined) {
      seq--;
      continue;
    }
    const text = JSON.stringify({ seq, now: `${seq}`, ...changes });
    const result = applied(shown, JSON.parse(text));
    assert(result !== undefined);
    shown = result;
    assertEquals(shown, { seq, now: `${seq}`, ...parts });
  }
});

Deno.test("a patch behind a gap is not put on top", () => {
  const view = { seq: 4, now: "", ...sampleParts() };
  assertEquals(applied(view, { seq: 6, now: "" }), undefined);
  assertEquals(applied(view, { seq: 4, now: "" }), undefined);
  assertEquals(applied(view, { seq: 5, now: "x" })?.now, "x");
});
