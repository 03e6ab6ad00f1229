/** What a person reads of a turn in the log. */
import { assert, assertEquals } from "@std/assert";
import * as faults from "../../lib/simulator/faults/faults.ts";
import * as refusals from "../../lib/simulator/faults/refusals.ts";
import { Caller, idOf, say } from "../support/caller.ts";
import { spentForAnHour } from "../support/faults.ts";
import { startFillFirst, type TestGateway } from "../support/gateway.ts";
import { leaveUnanswered } from "../support/status.ts";

/** `level message key=value …`, without what differs from run to run. */
function linesOf({ log }: TestGateway, level = /info|warn|error/): string[] {
  return log.filter((line) => level.test(line.level)).flatMap((line) => {
    if (!/^(?:attempt|failover|turn|request|session)/.test(line.message)) {
      return [];
    }
    const pairs = Object.entries(line.fields).filter(([key, value]) =>
      !/^(?:request|ms|model|until|first_event_ms|\w+_tokens)$/.test(key) &&
      value !== undefined
    ).map(([key, value]) => `${key}=${value}`);
    return [`${line.level} ${line.message} ${pairs.join(" ")}`];
  });
}

Deno.test("a good turn is one line", async () => {
  await using test = await startFillFirst();
  await (await test.turn()).text();
  assertEquals(linesOf(test), [
    "info turn ended endpoint=responses transport=sse account=a outcome=completed attempts=1",
  ]);
  const [line] = test.log.filter(({ message }) => message === "turn ended");
  const { request, first_event_ms: first, ms } = line?.fields ?? {};
  assert(/^[0-9a-f]{8}$/.test(String(request)), String(request));
  assert(Number.isInteger(first) && Number.isInteger(ms));
  assert(Number(first) <= Number(ms), `${first} ${ms}`);
});

Deno.test("a failover tells from whom, to whom and why, in three lines", async () => {
  await using test = await startFillFirst();
  test.account("a").fault(spentForAnHour());
  await (await test.turn()).text();
  assertEquals(linesOf(test), [
    "warn attempt endpoint=responses attempt=1 account=a outcome=quota_exhausted reason=429: The usage limit has been reached",
    "info failover endpoint=responses from=a to=b after=quota_exhausted",
    "info turn ended endpoint=responses transport=sse account=b outcome=completed attempts=2",
  ]);
  const ids = test.log.filter(({ fields }) => "request" in fields)
    .map(({ fields }) => fields["request"]);
  assertEquals(new Set(ids).size, 1);
});

Deno.test("a session's failover is told once", async () => {
  await using test = await startFillFirst();
  const headers = { "session-id": "s" };
  await (await test.turn({}, { headers })).text();
  test.account("a").fault(spentForAnHour(), Infinity);
  await (await test.turn({}, { headers })).text();
  assertEquals(
    linesOf(test).filter((line) => line.includes("from=")),
    ["info failover endpoint=responses from=a to=b after=quota_exhausted"],
  );
});

Deno.test("a turn that fails says so, with its reason", async () => {
  await using test = await startFillFirst({ accounts: ["a"] });
  test.account("a").fault(faults.responseFailed("server_error", "down", 6));
  await (await test.turn()).text();
  assertEquals(linesOf(test), [
    "warn turn ended endpoint=responses transport=sse account=a outcome=failed attempts=1 kind=unavailable reason=down",
  ]);
});

Deno.test("a turn without any account says so", async () => {
  await using test = await startFillFirst({ accounts: [] });
  await (await test.turn()).text();
  assertEquals(linesOf(test), [
    "warn turn ended endpoint=responses transport=sse outcome=failed attempts=0 kind=no_account reason=no account: the pool is empty pool=empty",
  ]);
});

Deno.test("what upstream refuses is told without the request's words", async () => {
  await using test = await startFillFirst();
  test.account("a").fault(refusals.badRequest());
  await (await test.turn()).text();
  test.account("a").fault(
    faults.responseFailed("invalid_prompt", "the prompt 'secret' is invalid"),
  );
  await (await test.turn()).text();
  assertEquals(linesOf(test, /info/).slice(-1), [
    "info turn ended endpoint=responses transport=sse account=a outcome=rejected attempts=1 kind=request_rejected reason=upstream refused the request",
  ]);
  assert(linesOf(test).some((line) => line.endsWith("with status 400")));
  assert(!JSON.stringify(test.log).includes("secret"));
});

Deno.test("a caller that leaves is no warning", async () => {
  await using test = await startFillFirst();
  await leaveUnanswered(test);
  assertEquals(linesOf(test), [
    "info turn ended endpoint=responses transport=sse account=a outcome=caller_gone attempts=1",
  ]);
});

Deno.test("the models list is not worth a line, its failure is", async () => {
  await using test = await startFillFirst({ accounts: ["a"] });
  const headers = { originator: "codex_exec" };
  const list = () => fetch(test.url("/v1/models"), { headers });
  await (await list()).text();
  assertEquals(linesOf(test), []);
  test.account("a").faultAt("models", refusals.serverError(), Infinity);
  await (await list()).text();
  const [last] = linesOf(test).slice(-1);
  assert(last?.startsWith("warn request ended endpoint=models"), last);
});

Deno.test("turns of a websocket are lines of one session", async () => {
  await using test = await startFillFirst();
  using caller = await Caller.open(test);
  await caller.turn();
  test.account("a").fault(spentForAnHour(), Infinity);
  await caller.turn();
  const first = "endpoint=responses transport=websocket";
  assertEquals(linesOf(test), [
    `info turn ended ${first} account=a outcome=completed attempts=1`,
    "warn attempt endpoint=responses attempt=1 account=a outcome=quota_exhausted reason=The usage limit has been reached",
    "info failover endpoint=responses from=a to=b after=quota_exhausted",
    `info turn ended ${first} account=b outcome=completed attempts=2`,
  ]);
  const ended = test.log.filter(({ message }) => message === "turn ended");
  const names = ended.map(({ fields }) => String(fields["request"]));
  const [session] = String(names[0]).split("-");
  assertEquals(names, [`${session}-1`, `${session}-2`]);
});

Deno.test("a turn that has to start over is told with its reason", async () => {
  await using test = await startFillFirst();
  using caller = await Caller.open(test);
  const id = idOf(await caller.turn());
  test.account("a").fault(spentForAnHour(), Infinity);
  await caller.turn({ previous_response_id: id });
  assertEquals(linesOf(test).slice(1), [
    "warn attempt endpoint=responses attempt=1 account=a outcome=quota_exhausted reason=The usage limit has been reached",
    "info turn ended endpoint=responses transport=websocket account=a outcome=started_over attempts=1",
  ]);
});

Deno.test("no line has a word of the caller's or of the model's", async () => {
  await using test = await startFillFirst();
  const input = say("xyzzy");
  await (await test.turn({ input })).text();
  using caller = await Caller.open(test);
  await caller.turn({ input });
  assertEquals(linesOf(test).length, 2);
  assert(!JSON.stringify(test.log).includes("xyzzy"));
});
