/** The four turns that show which form the models take. */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { refusal } from "../../lib/simulator/faults/refusals.ts";
import { runCodaze } from "../support/codaze.ts";
import { spentForAnHour } from "../support/faults.ts";
import { startTestGateway, type TestGateway } from "../support/gateway.ts";
import { assertNobodyBlamed, assertQuiet } from "../support/quiet.ts";
import { nobodyListens } from "./pool_support.ts";

const LITE = "x-openai-internal-codex-responses-lite";

function probe(test: TestGateway, ...words: readonly string[]) {
  return runCodaze(["probe", ...words, `--accounts-dir=${test.dir}`]);
}

/** The turns that upstream was asked for. */
function turnsAsked(test: TestGateway) {
  return test.simulator.requests.filter(({ method }) => method === "POST")
    .map((request) => ({
      form: request.headers.some(([name]) => name.toLowerCase() === LITE)
        ? "lite"
        : "plain",
      model: Object(request.json()).model,
      text: JSON.stringify(request.json()),
    }));
}

function rows(stdout: string): readonly (readonly string[])[] {
  return stdout.split("\n\n")[0]?.split("\n").map((line) =>
    line.split(/ {2,}/)
  ) ?? [];
}

const HEAD = ["MODEL", "FORM", "STATUS", "CALLED", "TOOL CHOICE", "RESULT"];
const WORKS = ["200", "yes", "held", "works"];
const NO_CALL = ["200", "no", "not held", "no proper call"];

Deno.test("codaze probe tries a lite and a classic model in both forms, on one account", async () => {
  await using test = await startTestGateway({
    accounts: ["a", "b"],
    warm: true,
  });
  const { code, stdout, stderr } = await probe(test, "--yes");
  assertEquals(rows(stdout), [
    HEAD,
    ["gpt-6.2-sol", "lite", ...WORKS],
    ["gpt-6.2-sol", "plain", ...WORKS],
    ["gpt-5.5", "plain", ...WORKS],
    ["gpt-5.5", "lite", ...WORKS],
  ]);
  assertStringIncludes(
    stdout,
    "\n\ngpt-6.2-sol works in both forms.\ngpt-5.5 works in both forms.\n" +
      "--request-form auto, the default, is right.\n",
  );
  assertEquals(code, 0);
  assertStringIncludes(stderr, "This sends 4 small turns, which count against");
  assertStringIncludes(stderr, new URL(test.gateway.publicOrigin).host);
  assertStringIncludes(stderr, " (2 accounts)");
  assertEquals(turnsAsked(test).map(({ model, form }) => [model, form]), [
    ["gpt-6.2-sol", "lite"],
    ["gpt-6.2-sol", "plain"],
    ["gpt-5.5", "plain"],
    ["gpt-5.5", "lite"],
  ]);
  for (const { text } of turnsAsked(test)) {
    assert(!text.includes("_gateway"), text);
    assertStringIncludes(text, "What is two plus two?");
  }
  const turns = test.simulator.accounts.map(({ turns }) => turns);
  assertEquals(turns.toSorted(), [0, 4]);
  assertEquals(test.simulator.violations, []);
  await assertQuiet(test);
});

Deno.test("codaze probe shows a form that is refused, and that auto gets by", async () => {
  await using test = await startTestGateway({ warm: true });
  test.simulator.answers = { plainForm: "not_found" };
  const { code, stdout } = await probe(test, "--yes");
  assertEquals(rows(stdout)[2], [
    ...["gpt-6.2-sol", "plain", "404", "-", "-", "form refused"],
  ]);
  assertStringIncludes(
    stdout,
    "  gpt-6.2-sol plain: Model not found gpt-6.2-sol\n",
  );
  assertStringIncludes(
    stdout,
    "gpt-6.2-sol works in the lite form, as the models list has it.\n",
  );
  assertStringIncludes(stdout, "--request-form auto, the default, is right.");
  assertEquals(code, 0);
  // Neither form was tried in the place of the other, and nothing is learned.
  assertEquals(turnsAsked(test).length, 4);
  const status = await (await test.admin("/admin/status")).json();
  assertEquals(status.request_forms, {});
  await assertNobodyBlamed(test);
});

Deno.test("codaze probe shows that tool_choice does not hold", async () => {
  await using test = await startTestGateway({ warm: true });
  test.simulator.answers = { toolChoice: "ignored" };
  const { code, stdout } = await probe(test, "--yes");
  assertEquals(rows(stdout).slice(1).map((row) => row.slice(2)), [
    ...[NO_CALL, NO_CALL, NO_CALL, NO_CALL],
  ]);
  assertStringIncludes(
    stdout,
    "gpt-5.5: plain calls no function as required, lite calls no function as required.",
  );
  assertStringIncludes(stdout, "No --request-form makes tools work");
  assertEquals(code, 1);
});

Deno.test("codaze probe --json has the same for programs", async () => {
  await using test = await startTestGateway({ warm: true });
  test.simulator.answers = { plainForm: "not_found" };
  const { code, stdout } = await probe(test, "--yes", "--json");
  const { trials, request_form, advice } = JSON.parse(stdout);
  assertEquals([code, request_form, trials.length, advice.length], [
    ...[0, "auto", 4, 3],
  ]);
  assertEquals(trials[0], {
    model: "gpt-6.2-sol",
    kind: "lite",
    form: "lite",
    status: 200,
    called: "yes",
    tool_choice_held: true,
    result: "works",
    error: null,
  });
  assertEquals(trials[1], {
    model: "gpt-6.2-sol",
    kind: "lite",
    form: "plain",
    status: 404,
    called: null,
    tool_choice_held: null,
    result: "form_refused",
    error: { code: null, message: "Model not found gpt-6.2-sol" },
  });
});

Deno.test("codaze probe takes the models that are named", async () => {
  await using test = await startTestGateway({ warm: true });
  const { code, stdout } = await probe(
    test,
    ...["--yes", "--lite", "gpt-5.5", "--classic=no-such-model"],
  );
  assertEquals(rows(stdout).slice(1).map(([model, form]) => [model, form]), [
    ["gpt-5.5", "lite"],
    ["gpt-5.5", "plain"],
    ["no-such-model", "plain"],
    ["no-such-model", "lite"],
  ]);
  assertStringIncludes(
    stdout,
    "no-such-model: plain is refused, lite is refused.",
  );
  assertEquals(code, 1);
});

Deno.test("codaze probe learns nothing of a spent pool, and says so", async () => {
  await using test = await startTestGateway({ warm: true });
  await (await fetch(test.url("/v1/models"))).body?.cancel();
  test.account("a").fault(spentForAnHour(), Infinity);
  const { code, stdout } = await probe(test, "--yes");
  assertEquals(rows(stdout)[1], [
    ...["gpt-6.2-sol", "lite", "429", "-", "-", "unknown"],
    "insufficient_quota",
  ]);
  assertStringIncludes(stdout, "Not settled: run codaze probe again later.");
  assertEquals(code, 1);
});

Deno.test("codaze probe sends no turn before it may", async () => {
  await using test = await startTestGateway({ warm: true });
  const { code, stdout, stderr } = await probe(test);
  assertEquals([code, stdout, turnsAsked(test)], [1, "", []]);
  assertStringIncludes(stderr, "This sends 4 small turns");
  assertStringIncludes(stderr, "pass --yes");
});

Deno.test("codaze probe finds the public port of the gateway that is named", async () => {
  await using test = await startTestGateway({ warm: true });
  const { code } = await runCodaze([
    ...["probe", "--yes"],
    `--admin-listen=${new URL(test.gateway.adminOrigin).host}`,
  ]);
  assertEquals([code, turnsAsked(test).length], [0, 4]);
});

Deno.test("codaze probe says why the models are not to be had", async () => {
  await using test = await startTestGateway({ warm: true });
  const broken = refusal(400, { detail: "No models today" });
  test.account("a").faultAt("models", broken, Infinity);
  const { code, stderr } = await probe(test, "--yes");
  assertEquals([code, turnsAsked(test)], [1, []]);
  assertStringIncludes(stderr, "has no list of models: ");
});

Deno.test("codaze probe needs a gateway, and arguments that it knows", async () => {
  const nobody = await runCodaze([
    ...["probe", "--yes", "--admin-listen", nobodyListens()],
  ]);
  assertEquals(nobody.code, 1);
  assertStringIncludes(nobody.stderr, "No gateway runs on");
  for (const words of [["--lite="], ["--form=lite"], ["please"]]) {
    const { code, stderr } = await runCodaze(["probe", ...words]);
    assertEquals(code, 2);
    assertStringIncludes(stderr, "Cannot use");
  }
});
