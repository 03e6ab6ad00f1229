/**
 * The real OpenAI SDK, as npm has it, against the gateway.
 */
import { assertEquals, assertMatch } from "@std/assert";
import { fileURLToPath } from "node:url";
import { isObject } from "../../lib/protocol/json.ts";
import { CATALOGUE } from "../../lib/simulator/model/catalogue.ts";
import { spentForAnHour } from "../support/faults.ts";
import { startTestGateway, type TestGateway } from "../support/gateway.ts";
import { run } from "./support/child.ts";
import { e2eVariable } from "./support/codex.ts";
import { leaks, turnsOf } from "./support/secrets.ts";

const PROGRAM = fileURLToPath(
  new URL("./support/sdk_client.mjs", import.meta.url),
);

async function sdk(
  gateway: TestGateway,
  operation: string,
): Promise<Record<string, unknown>> {
  const modules = e2eVariable("CODAZE_E2E_MODULES");
  const { stdout, stderr, code, killed } = await run({
    program: "node",
    args: [PROGRAM, gateway.url("/v1"), operation, modules],
    cwd: gateway.dir,
    env: {},
    timeoutMs: 30_000,
  });
  assertEquals([code, killed, stderr], [0, false, ""]);
  return JSON.parse(stdout);
}

Deno.test("the OpenAI SDK streams an answer", async () => {
  await using gateway = await startTestGateway();

  const { ok } = await sdk(gateway, "stream");

  assertEquals(ok, {
    text: "hello from the SDK",
    types: [
      "response.created",
      "response.in_progress",
      "response.output_item.added",
      "response.content_part.added",
      ...Array(4).fill("response.output_text.delta"),
      "response.output_text.done",
      "response.content_part.done",
      "response.output_item.done",
      "response.completed",
    ],
  });
  assertEquals(leaks(gateway, ["sk-of-the-caller"]), []);
  assertEquals(gateway.simulator.violations, []);
});

Deno.test("the OpenAI SDK without streaming gets its answer in one piece", async () => {
  await using gateway = await startTestGateway();

  const { ok } = await sdk(gateway, "create");

  assertEquals(ok, { text: "hello", status: "completed" });
  assertEquals(turnsOf(gateway.simulator).length, 1);
});

Deno.test("the OpenAI SDK lists the models", async () => {
  await using gateway = await startTestGateway();

  const { ok } = await sdk(gateway, "models");

  const listed = CATALOGUE.filter(({ visibility }) => visibility !== "hide");
  assertEquals(
    Array.isArray(ok) && ok.map(({ id, object }) => [id, object]),
    listed.map(({ slug }) => [slug, "model"]),
  );
});

Deno.test("the OpenAI SDK is told of an exhausted pool in its own envelope", async () => {
  await using gateway = await startTestGateway({ accounts: ["a", "b"] });
  for (const name of ["a", "b"]) {
    gateway.account(name).fault(spentForAnHour(), Infinity);
  }

  const { error } = await sdk(gateway, "stream");

  const { message, ...rest } = isObject(error) ? error : {};
  assertMatch(
    String(message),
    /^429 Every account has reached its usage limit. The first is back at \S+Z\.$/,
  );
  assertEquals(rest, {
    name: "RateLimitError",
    status: 429,
    code: "insufficient_quota",
    type: "insufficient_quota",
    param: null,
  });
  // Each account once: the SDK was told that trying again is no use.
  assertEquals(
    turnsOf(gateway.simulator).map(({ account }) => account).toSorted(),
    ["a", "b"],
  );
});
