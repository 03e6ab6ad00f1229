/**
 * The tables of sdk.md against the code that they are about, and its recipes
 * against the table of who follows them.
 */
import { assert, assertEquals } from "@std/assert";
import { join } from "@std/path";
import {
  gatewayAnswer,
  type NoAnswer,
} from "../../lib/downstream/gateway_answer.ts";
import {
  type Action,
  RULES,
} from "../../lib/downstream/openai/member_rules.ts";
import { isObject } from "../../lib/protocol/json.ts";
import { memberOf, scanObject } from "../../lib/protocol/json_edit.ts";
import { unserved } from "../../lib/server/public/unserved.ts";
import { CLIENTS } from "../clients/clients.ts";
import { OTHERS, RECIPES } from "../clients/recipes.ts";
import { readDocument, ROOT, tableRows } from "../support/documents.ts";
import { startTestGateway, type TestGateway } from "../support/gateway.ts";

const SDK = await readDocument("docs/sdk.md");

/** The rows below a heading, without that of the titles. */
function rowsBelow(heading: string): readonly string[][] {
  const [, below = ""] = SDK.prose.split(`\n${heading}\n`);
  const [section = ""] = below.split(/^#+ /m);
  const [, ...rows] = tableRows({ ...SDK, prose: section });
  assert(rows.length > 0, heading);
  return rows;
}

function spansOf(cell = ""): readonly string[] {
  return [...cell.matchAll(/`([^`]+)`/g)].map(([, span = ""]) => span);
}

function only(cell: string | undefined): string {
  const [span = ""] = spansOf(cell);
  return span;
}

/** Values that are not the ones which every caller gets anyway. */
const SAMPLES: Readonly<Record<string, unknown>> = {
  store: true,
  service_tier: "flex",
  stream_options: { include_usage: true },
};

/** The rest of a request for each API. */
const USUAL: Readonly<Record<string, Record<string, unknown>>> = {
  "/v1/responses": { input: "x" },
  "/v1/chat/completions": { messages: [{ role: "user", content: "x" }] },
};

function ask(
  test: TestGateway,
  path: string,
  members: Record<string, unknown>,
): Promise<Response> {
  return fetch(test.url(path), {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ model: "gpt-5.5", ...USUAL[path], ...members }),
  });
}

/** What becomes of a member, in the words of the table. */
async function fateOf(
  test: TestGateway,
  path: string,
  [name, value]: readonly [name: string, value: unknown],
): Promise<string> {
  const { requests } = test.simulator;
  const before = requests.length;
  const answer = await ask(test, path, { [name]: value });
  await answer.text();
  const sent = requests.slice(before)
    .find(({ target }) => target.endsWith("/responses"))?.json();
  if (!isObject(sent)) return "refused";
  const ignored = answer.headers.get("x-codaze-ignored")?.split(", ");
  if (ignored?.includes(name)) return "left out";
  return Object.hasOwn(sent, name) ? "passed on" : "read";
}

/** Whether the rules leave a member out, and tell. */
function isIgnored(name: string, value: unknown): boolean {
  return actionOn(name, value)?.ignored === true;
}

function actionOn(name: string, value: unknown): Action | undefined {
  const bytes = new TextEncoder().encode(JSON.stringify({ [name]: value }));
  const scan = scanObject(bytes);
  const member = scan.ok ? memberOf(scan.value, name) : undefined;
  assert(member);
  return RULES.get(name)?.({ bytes, member, keepsResponses: false });
}

Deno.test("sdk.md says what becomes of each parameter that is left out", async () => {
  await using test = await startTestGateway({ warm: true });
  const told = new Set<string>();
  for (const [names, responses = "", chat = ""] of rowsBelow("### Left out")) {
    for (const name of spansOf(names?.split(", other than")[0])) {
      const member = [name, SAMPLES[name] ?? 1] as const;
      for (
        const [path, cell] of [
          ["/v1/responses", responses],
          ["/v1/chat/completions", chat],
        ] as const
      ) {
        const fate = await fateOf(test, path, member);
        assertEquals(cell.split(",")[0], fate, `${name} at ${path}`);
      }
      told.add(name);
    }
  }
  for (const name of RULES.keys()) {
    assert(!isIgnored(name, SAMPLES[name] ?? 1) || told.has(name), name);
  }
});

Deno.test("sdk.md says what is refused, and with which code", async () => {
  await using test = await startTestGateway({ warm: true });
  const told = new Set<string>();
  for (const [given, to, code] of rowsBelow("### Refused")) {
    const members = JSON.parse(`{${only(given)}}`);
    const path = only(to);
    const answer = await ask(test, path, members);
    const { error } = await answer.json();
    assertEquals([answer.status, error.code], [400, only(code)], given);
    const [name = ""] = Object.keys(members);
    assertEquals(error.param.match(/^\w+/)?.[0], name);
    told.add(name);
  }
  assertEquals(test.simulator.requests, []);
  for (const name of RULES.keys()) {
    const isRefused = actionOn(name, {})?.refusal !== undefined;
    const isNeeded = ["model", "stream", "input"].includes(name);
    assert(!isRefused || isNeeded || told.has(name), name);
  }
});

Deno.test("sdk.md has every endpoint that is not served", async () => {
  const rows = rowsBelow("### Not served");
  for (const [request, code] of rows) {
    const [method = "", path = ""] = only(request).split(" ");
    const { status, code: real } = unserved(method, path) ?? {};
    assertEquals([status, real], [404, only(code)], only(request));
  }
  const source = await Deno.readTextFile(
    join(ROOT, "lib/server/public/unserved.ts"),
  );
  const [, families = ""] = /\(\?:(embeddings\|[\w|]+)\)/.exec(source) ?? [];
  assert(families.split("|").length > 10, families);
  for (const family of families.split("|")) {
    const isTold = rows.some(([request]) =>
      new RegExp(`/v1/${family}(?:/|$)`).test(only(request))
    );
    assert(isTold, family);
  }
});

const NOW = 1_790_000_000_000;

/** By the first words of its row. */
const POOL: Readonly<Record<string, NoAnswer>> = {
  "every account is out": { kind: "spent", readyAt: NOW + 3_600_000 },
  "no account for up to a minute": { kind: "busy", readyAt: NOW + 60_000 },
  "no account for longer": { kind: "busy", readyAt: NOW + 61_000 },
  "no account that could serve": { kind: "empty" },
  "every account is paused": { kind: "paused" },
  "upstream's answer cannot": { kind: "no_answer", message: "x" },
  "upstream cannot be reached": { kind: "unreachable" },
  "no access token": { kind: "not_refreshed" },
  "the gateway is stopping": { kind: "stopping" },
  "upstream took the request": { kind: "timeout", message: "x" },
};

Deno.test("sdk.md tells of errors as the gateway makes them", () => {
  const rows = rowsBelow("## Errors and retries");
  for (const [words, shown] of Object.entries(POOL)) {
    const row = rows.find(([when = ""]) => when.startsWith(words));
    assert(row, words);
    const [, status, code, wait = "", sdk = ""] = row;
    const answer = gatewayAnswer(shown, {
      dialect: "openai",
      unavailable: "limits",
      now: NOW,
    });
    assert("code" in answer.error);
    assertEquals([Number(status), only(code)], [
      answer.status,
      answer.error.code,
    ]);
    if (!wait.startsWith("until")) {
      assertEquals(wait, String(answer.retryAfter ?? ""), words);
    } else {
      const readyAt = "readyAt" in shown ? shown.readyAt : NOW;
      assertEquals(answer.retryAfter, (readyAt - NOW) / 1000, words);
    }
    const givesUp = answer.isFinal === true || answer.status === 400;
    assertEquals(sdk.includes("at once"), givesUp, words);
  }
});

Deno.test("each recipe of sdk.md has a client that follows it, or a reason", () => {
  const [, below = ""] = SDK.prose.split("\n## Recipes\n");
  const [section = ""] = below.split(/^## /m);
  const headings = [...section.matchAll(/^### (.+)$/gm)].map(([, name]) =>
    name
  );
  const followed = Object.values(RECIPES).flat()
    .filter(({ document }) => document === SDK.path)
    .map(({ heading }) => heading);
  assertEquals(
    headings.toSorted(),
    [...followed, ...Object.keys(OTHERS)].toSorted(),
  );
  const clients = CLIENTS.map(({ name }) => name);
  for (const name of Object.keys(RECIPES)) assert(clients.includes(name), name);
});
