/** The view of a real gateway, over its admin port. */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { startFillFirst, startTestGateway } from "../../support/gateway.ts";
import type { TestGateway } from "../../support/gateway.ts";
import { spentForAnHour } from "../../support/faults.ts";
import { assertNoToken } from "../../support/canary.ts";

async function viewOf(test: TestGateway) {
  const answer = await test.admin("/admin/view");
  assertEquals(answer.headers.get("cache-control"), "no-store");
  const text = await answer.text();
  assertNoToken(text, "/admin/view");
  return JSON.parse(text);
}

Deno.test("the view has the accounts of /admin/accounts, by name", async () => {
  await using test = await startTestGateway({
    accounts: ["acc10", "acc2", "Ada"],
  });
  await (await test.turn()).text();
  const { accounts, about, seq } = await viewOf(test);
  assertEquals(seq, 0);
  const names = accounts.map(({ name }: { name: string }) => name);
  assertEquals(names, ["acc2", "acc10", "Ada"]);
  const listed = await test.views();
  for (
    const { name: _name, file, state, week, short, forecast, ...rest }
      of accounts
  ) {
    assertEquals(rest, listed[rest.id]);
    assertEquals(file, `${rest.id}.json`);
    assertEquals(state.mark, "ready");
    assert("left_percent" in (week ?? { left_percent: 1 }));
    assert(short !== undefined && forecast !== undefined);
  }
  assertEquals(about.public_origin, test.gateway.publicOrigin);
  assertEquals(about.codex_config, [
    `openai_base_url = "${test.gateway.publicOrigin}/v1"`,
    `chatgpt_base_url = "${test.gateway.publicOrigin}/backend-api"`,
  ]);
});

Deno.test("the view has turns that moved, and why, and no word of theirs", async () => {
  await using test = await startFillFirst();
  test.account("a").fault(spentForAnHour(), Infinity);
  const input = [{
    type: "message",
    role: "user",
    content: [{ type: "input_text", text: "say: my secret words" }],
  }];
  await (await test.turn({ input })).text();
  const view = await viewOf(test);
  const [turn] = view.turns;
  assertEquals(turn.name, "b");
  assertEquals(turn.moved.from, "a");
  assertEquals(turn.moved.why, "used up");
  assert(Date.parse(turn.moved.until) > Date.now());
  assertEquals(turn.attempts, 2);
  assertEquals(turn.outcome, "completed");
  assertEquals(turn.tokens.input > 0, true);
  assertEquals(turn.decision, view.decisions[0].id);
  assertEquals(view.decisions[0].name, "b");
  assertEquals(view.decisions[0].others[0].name, "a");
  assertEquals(view.accounts[0].state.words, "used up");
  assertEquals(view.pool.headline[0], "1 of 2 accounts can serve; a is back ");
  const text = JSON.stringify(view);
  for (const word of ["secret", "say:", "input_text"]) {
    assert(!text.includes(word), word);
  }
});

Deno.test("a turn under way is in the view, then its end", async () => {
  await using test = await startTestGateway({ warm: true });
  const stream = await test.admin("/admin/events");
  const events = stream.body?.pipeThrough(new TextDecoderStream()).getReader();
  assert(events);
  assertStringIncludes((await events.read()).value ?? "", "event: view");
  const turn = await test.turn({ stream: true });
  await turn.text();
  const patch = (await events.read()).value ?? "";
  assertStringIncludes(patch, "event: patch");
  assertStringIncludes(patch, '"outcome":"completed"');
  await events.cancel();
});

Deno.test("a fifth stream of events gets 503, HEAD opens none", async () => {
  await using test = await startTestGateway();
  const head = await test.admin("/admin/events", { method: "HEAD" });
  assertEquals(head.status, 200);
  const open = [];
  for (let n = 0; n < 4; n++) open.push(await test.admin("/admin/events"));
  const fifth = await test.admin("/admin/events");
  assertEquals(fifth.status, 503);
  assertStringIncludes(await fifth.text(), "4 streams are open");
  for (const one of open) {
    assertEquals(one.status, 200);
    await one.body?.cancel();
  }
});

Deno.test("a stop ends the streams of events at once", async () => {
  const test = await startTestGateway();
  const answer = await test.admin("/admin/events");
  const text = answer.text();
  await test[Symbol.asyncDispose]();
  assertStringIncludes(await text, "event: view");
});
