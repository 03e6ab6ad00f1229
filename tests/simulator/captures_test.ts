/**
 * Holds the simulator against trimmed captures: same events, same keys in the
 * same order, same header names, same bodies.
 */

import { assertEquals } from "@std/assert";
import type { SimulatedAccount } from "../../lib/simulator/accounts/account.ts";
import { CATALOGUE } from "../../lib/simulator/model/catalogue.ts";
import type { Simulator } from "../../lib/simulator/simulator.ts";
import compaction from "../fixtures/captures/E2-auto-compact-builtin-apikey-ws.json" with {
  type: "json",
};
import lite from "../fixtures/captures/D1-ws-lite-toolcall.json" with {
  type: "json",
};
import classic from "../fixtures/captures/D1b-ws-gpt55-toolcall.json" with {
  type: "json",
};
import hosts from "../fixtures/captures/B2-realhosts-sse-h2.json" with {
  type: "json",
};
import endpoints from "../fixtures/captures/G14-account-endpoints.json" with {
  type: "json",
};
import tools from "../fixtures/captures/F2-websearch-image-chatgpt.json" with {
  type: "json",
};
import entries from "../fixtures/captures/models-entries.json" with {
  type: "json",
};
import bundled from "../fixtures/captures/models-0.171.0.json" with {
  type: "json",
};
import { assertCaptured } from "./captured.ts";
import {
  authorization,
  type Json,
  post,
  RawConnection,
  rawTurn,
  shape,
  startWithAccount,
  turn,
  turnBody,
  userMessage,
} from "./support.ts";

const LITE_TOOLS = { type: "additional_tools", role: "developer", tools: [] };
const CALL = {
  type: "custom_tool_call",
  call_id: "call_1",
  name: "exec",
  input: "",
};
const TOOL_OUTPUT = {
  type: "custom_tool_call_output",
  call_id: "call_1",
  output: "hello",
};

const TURNS: ReadonlyArray<[string, Json, readonly Json[]]> = [
  [
    "a tool call of a lite model",
    turnBody("", { input: [LITE_TOOLS, userMessage("run: echo hi")] }),
    lite.call,
  ],
  [
    "a tool call of gpt-5.5",
    turnBody("run: echo hi", {
      model: "gpt-5.5",
      tools: [{ type: "function", name: "exec_command" }],
    }),
    classic.call,
  ],
  [
    "a compaction",
    turnBody("", {
      input: [userMessage("hi"), { type: "compaction_trigger" }],
    }),
    compaction.compaction,
  ],
  ["a message", turnBody("say: hi"), lite.final],
];

for (const [name, body, captured] of TURNS) {
  Deno.test(`responses sends the captured events for ${name}`, async () => {
    await using started = await startWithAccount();
    const { simulator, account } = started;
    const events = await turn(simulator, { account, body });
    assertCaptured(events, captured);
  });
}

Deno.test("responses reports the output of a tool in its last message", async () => {
  await using started = await startWithAccount();
  const { simulator, account } = started;
  const body = turnBody("", {
    input: [LITE_TOOLS, userMessage("run: echo hi"), CALL, TOOL_OUTPUT],
  });
  const events = await turn(simulator, { account, body });
  const deltas = events.map((event) => event.delta ?? "").join("");
  assertEquals(deltas, "Tool said: hello");
});

Deno.test("responses sends the captured header lines in their order", async () => {
  await using started = await startWithAccount();
  const { simulator, account } = started;
  using raw = await RawConnection.to(simulator);
  await raw.write(rawTurn(account, turnBody("hi")));
  const [head = ""] = (await raw.read()).split("\r\n\r\n");
  const names = head.split("\r\n").slice(1)
    .map((line) => line.slice(0, line.indexOf(":")));

  const captured = hosts.turn.headers.map(([name]) => name);
  captured.splice(
    captured.indexOf("x-codex-turn-state") + 1,
    0,
    "x-models-etag",
  );
  assertEquals(names.slice(0, captured.length), captured);
});

Deno.test("responses refuses an upgrade as captured", async () => {
  await using started = await startWithAccount();
  const { simulator } = started;
  using raw = await RawConnection.to(simulator);
  await raw.write(
    "GET /backend-api/codex/responses HTTP/1.1\r\nHost: x\r\n" +
      "Connection: Upgrade\r\nUpgrade: websocket\r\n\r\n",
  );
  const [head = "", body = ""] = (await raw.read()).split("\r\n\r\n");
  assertEquals(head.startsWith("HTTP/1.1 426 "), true);
  assertEquals(JSON.parse(body), hosts.upgrade.body);
});

type Page = readonly [
  name: string,
  method: string,
  path: string,
  captured: unknown,
];

const PAGES: readonly Page[] = [
  ["accounts/check", "GET", "/wham/accounts/check", hosts.check.body],
  ["usage", "GET", "/wham/usage", endpoints.usage.body],
  [
    "reset credits",
    "GET",
    "/wham/rate-limit-reset-credits",
    endpoints.credits.body,
  ],
  ["search", "POST", "/codex/alpha/search", tools.search.body],
  ["images", "POST", "/codex/images/generations", tools.image.body],
];

for (const [name, method, path, captured] of PAGES) {
  Deno.test(`${name} answers in the captured shape`, async () => {
    await using started = await startWithAccount();
    const { simulator, account } = started;
    const response = await fetch(`${simulator.origin}/backend-api${path}`, {
      method,
      headers: authorization(account),
    });
    assertEquals(response.status, 200);
    assertEquals(shape(await response.json()), shape(captured));
  });
}

/** What the simulator has no use for. */
const TEXTS = new Set([
  "availability_nux",
  "base_instructions",
  "description",
  "model_messages",
  "upgrade",
]);

/** An entry, of its texts no more than that there are some. */
function facts(entry: Json): Json {
  return Object.fromEntries(
    Object.entries(entry).map(([key, value]) => {
      if (key === "supported_reasoning_levels" && Array.isArray(value)) {
        return [key, value.map((level) => level.effort ?? level)];
      }
      return [key, TEXTS.has(key) ? "…" : value];
    }),
  );
}

Deno.test("models has the catalogue of the client, model by model", () => {
  assertEquals(CATALOGUE.map(facts), bundled.models.map(facts));
});

for (const { slug, keys, use_responses_lite, visibility } of entries) {
  Deno.test(`models still has "${slug}", with all that 0.169.0 knows of it`, () => {
    const entry = CATALOGUE.find((entry) => entry.slug === slug) ?? {};
    const missing = keys.filter((key) => !(key in entry));
    assertEquals(missing, []);
    assertEquals(entry.use_responses_lite, use_responses_lite);
    assertEquals(entry.visibility, visibility);
  });
}

Deno.test("models answers 304 to the ETag it gave", async () => {
  await using started = await startWithAccount();
  const { simulator, account } = started;
  const ask = (headers: HeadersInit) =>
    fetch(`${simulator.upstream}/models?client_version=0.171.0`, { headers });
  const first = await ask(authorization(account));
  const { models } = await first.json();
  assertEquals(models.length, CATALOGUE.length);

  const known = {
    ...authorization(account),
    "if-none-match": first.headers.get("etag") ?? "",
  };
  const second = await ask(known);
  assertEquals([second.status, await second.text()], [304, ""]);

  simulator.setModels([{ slug: "new" }], 'W/"2"');
  const third = await ask(known);
  assertEquals(third.headers.get("etag"), 'W/"2"');
  assertEquals(await third.json(), { models: [{ slug: "new" }] });
});

Deno.test("compact answers with the caller's messages and a summary", async () => {
  await using started = await startWithAccount();
  const { simulator, account } = started;
  const compacted = await compactedInput(simulator, account);
  assertEquals(compacted.map((item) => item.type), [
    "message",
    "compaction_summary",
  ]);
});

async function compactedInput(
  simulator: Simulator,
  account: SimulatedAccount,
): Promise<readonly Json[]> {
  const body = { model: "gpt-5.5", input: [userMessage("hi")] };
  const response = await post(simulator, {
    account,
    body,
    path: "/responses/compact",
  });
  const { output } = await response.json();
  return output;
}

Deno.test("memories/trace_summarize does not exist", async () => {
  await using started = await startWithAccount();
  const { simulator, account } = started;
  const response = await post(simulator, {
    account,
    body: {},
    path: "/memories/trace_summarize",
  });
  assertEquals(response.status, 404);
  assertEquals(await response.json(), { detail: "Not Found" });
});
