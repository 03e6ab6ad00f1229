/** What accounts that share one quota mean for the pool. */
import { assertEquals } from "@std/assert";
import { markDuplicates, poolState } from "../../lib/accounts/pool/pool.ts";
import type { Account } from "../../lib/accounts/pool/account.ts";
import { viewOf } from "../../lib/accounts/pool/view.ts";
import { accessToken, account, NOW } from "../support/accounts.ts";

function views(...accounts: readonly Account[]) {
  return accounts.map((one) => viewOf(one, {}, NOW));
}

/** Two files of one person; the second has the later tokens, and serves. */
function twins() {
  const first = account("a", { accessToken: accessToken("ada", 3600, -60) });
  const second = account("b", { accessToken: accessToken("ada", 3600, 0) });
  markDuplicates([first, second]);
  assertEquals([first.duplicateOf, second.duplicateOf], ["b", undefined]);
  return { first, second };
}

Deno.test("poolState() of a spent quota is not told of by its second file", () => {
  const { first, second } = twins();
  second.failed({
    kind: "quota_exhausted",
    message: "spent",
    retryAfterMs: 90_000,
    answer: {
      at: "answer",
      status: 429,
      headers: new Headers(),
      body: new Uint8Array(),
    },
  }, NOW);
  assertEquals(poolState(views(first, second), NOW), {
    state: "spent",
    readyAt: NOW + 90_000,
  });
});

Deno.test("poolState() is empty where only second files are left", () => {
  const { first } = twins();
  assertEquals(poolState(views(first), NOW), { state: "empty" });
});
