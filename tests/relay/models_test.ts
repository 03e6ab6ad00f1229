/** The models list, through accounts that may fail to give it. */
import { assertEquals, assertStringIncludes } from "@std/assert";
import {
  connectionReset,
  neverAnswers,
} from "../../lib/simulator/faults/faults.ts";
import * as refusals from "../../lib/simulator/faults/refusals.ts";
import {
  CODEX_HEADERS,
  startTestGateway,
  type TestGateway,
} from "../support/gateway.ts";
import { assertNobodyBlamed, assertQuiet } from "../support/quiet.ts";
import { after } from "../support/system.ts";

const SDK = { originator: "sdk" };

function modelsList(
  test: TestGateway,
  headers: Readonly<Record<string, string>>,
): Promise<Response> {
  return fetch(test.url("/v1/models?client_version=0.171.0"), { headers });
}

for (
  const [what, fault] of [
    ["500", refusals.serverError()],
    ["403", refusals.forbiddenPage()],
    ["a page instead", refusals.refusal(200, "<html>")],
  ] as const
) {
  Deno.test(`a models list that is ${what} blames no account`, async () => {
    await using test = await startTestGateway({
      accounts: ["a", "b"],
      warm: true,
    });
    for (const account of test.simulator.accounts) {
      account.faultAt("models", fault, Infinity);
    }
    for (const headers of [CODEX_HEADERS, SDK]) {
      await (await modelsList(test, headers)).body?.cancel();
    }
    await assertQuiet(test);
    await assertNobodyBlamed(test);
    // Nor does a turn whose caller has left a parameter to the list.
    const turn = await test.turn({}, { headers: SDK });
    assertStringIncludes(await turn.text(), "response.completed");
  });
}

Deno.test("20 cold SDK turns ask for the list once", async () => {
  await using test = await startTestGateway({ warm: true });
  const turns = Array.from(
    { length: 20 },
    () => test.turn({}, { headers: SDK }),
  );
  for (const turn of await Promise.all(turns)) {
    assertStringIncludes(await turn.text(), "response.completed");
  }
  const asked = test.simulator.requests.filter(({ target }) =>
    target.includes("/models")
  );
  assertEquals(asked.length, 1);
  await assertQuiet(test);
});

Deno.test("a stop does not wait for the list", async () => {
  await using test = await startTestGateway({ warm: true });
  test.account("a").faultAt("models", neverAnswers());
  const turn = test.turn({}, { headers: SDK });
  await test.simulator.waitFor((requests) =>
    requests.some(({ account }) => account === "a")
  );
  const [response] = await Promise.all([turn, test.gateway.stop(0)]);
  assertEquals(response.status, 503);
  await response.body?.cancel();
});

Deno.test("cookies of a refusal go back with the next request", async () => {
  await using test = await startTestGateway({ warm: true });
  const account = test.account("a");
  const cookie = `__cf_bm=bm_${account.ownerKey}_1`;
  account.fault(refusals.refusal(400, {}, [
    ["set-cookie", `${cookie}; path=/; HttpOnly`],
  ]));
  const refused = await test.turn();
  assertEquals(refused.headers.get("set-cookie"), null);
  await refused.body?.cancel();
  await (await test.turn()).text();
  const sent = test.simulator.requests.map(({ headers }) =>
    headers.find(([name]) => name === "cookie")?.[1]
  );
  assertEquals(sent, [undefined, cookie]);
  await assertQuiet(test);
});

Deno.test("a models list is asked for with a version, also for a client without", async () => {
  await using test = await startTestGateway({ warm: true });
  const response = await fetch(test.url("/v1/models"), {
    headers: { ...CODEX_HEADERS, version: "0.98.0" },
  });
  assertEquals(response.status, 200);
  await response.body?.cancel();
  const [asked] = test.simulator.requests;
  assertStringIncludes(asked?.target ?? "", "/models?client_version=0.98.0");
  await assertQuiet(test);
});

Deno.test("a models list is asked for once per account, for turns may wait for it", async () => {
  await using test = await startTestGateway({
    accounts: ["a", "b"],
    flags: ["--routing-policy=fill_first"],
    warm: true,
  });
  test.account("a").faultAt("models", connectionReset(), Infinity);
  const list = await modelsList(test, SDK);
  assertEquals(list.status, 200);
  await list.body?.cancel();
  assertEquals(test.simulator.requests.map(({ account }) => account), [
    "a",
    "b",
  ]);
  await assertQuiet(test);
  await assertNobodyBlamed(test);
});

Deno.test("a models list whose body never comes keeps no turn waiting", async () => {
  await using test = await startTestGateway({
    warm: true,
    runtime: { after: hurried },
  });
  const late = refusals.splitBody(
    refusals.refusal(200, { models: [] }),
    Infinity,
  );
  test.account("a").faultAt("models", late, Infinity);
  const turn = await test.turn({}, { headers: SDK });
  assertStringIncludes(await turn.text(), "response.completed");
  await assertQuiet(test);
  await assertNobodyBlamed(test);
});

/** A wait of up to ten seconds for the list takes a moment. */
function hurried(ms: number, task: () => void): () => void {
  const isShort = ms >= 5_000 && ms <= 10_000;
  return after(isShort ? ms / 50 : ms, task);
}
