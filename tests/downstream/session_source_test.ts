import { assertEquals } from "@std/assert";
import { headersOf } from "./support.ts";

type Told = readonly [
  subagent: string | undefined,
  parent: string | undefined,
  threadSource: string,
];

const READ: ReadonlyArray<[source: unknown, told: Told]> = [
  ["cli", [undefined, undefined, "user"]],
  ["vscode", [undefined, undefined, "user"]],
  ["exec", [undefined, undefined, "user"]],
  ["mcp", [undefined, undefined, "user"]],
  ["unknown", [undefined, undefined, "user"]],
  [{ subagent: "review" }, ["review", undefined, "subagent"]],
  [{ subagent: "compact" }, ["compact", undefined, "subagent"]],
  [
    { subagent: "memory_consolidation" },
    ["memory_consolidation", undefined, "memory_consolidation"],
  ],
  [
    { subagent: { thread_spawn: { parent_thread_id: "t1", depth: 1 } } },
    ["collab_spawn", "t1", "subagent"],
  ],
  [
    { subagent: { thread_spawn: {} } },
    ["collab_spawn", undefined, "subagent"],
  ],
  [{ subagent: { other: "my agent" } }, ["my agent", undefined, "subagent"]],
];

/** As a header may have it. */
function asciiJson(value: unknown): string {
  return JSON.stringify(value).replaceAll(
    /[^\x20-\x7e]/g,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

/** What upstream is told, and in which dialect it makes no difference. */
async function told(
  source: unknown,
  form: "body" | "header",
): Promise<readonly unknown[]> {
  const sent = await headersOf({
    dialect: "codex",
    mode: "normalize",
    body: form === "body"
      ? JSON.stringify({ _gateway: { session_source: source } })
      : "{}",
    headers: form === "header"
      ? { "x-codex-session-source": asciiJson(source) }
      : {},
  });
  const metadata = JSON.parse(sent["x-codex-turn-metadata"] ?? "{}");
  return [
    sent["x-openai-subagent"],
    sent["x-codex-parent-thread-id"],
    metadata["thread_source"],
  ];
}

for (const [source, expected] of READ) {
  Deno.test(`session source ${JSON.stringify(source)} is told on`, async () => {
    assertEquals(await told(source, "body"), [...expected]);
    assertEquals(await told(source, "header"), [...expected]);
  });
}

const UNREADABLE: readonly unknown[] = [
  "",
  "nope",
  5,
  [],
  {},
  { subagent: "nope" },
  { subagent: {} },
  { subagent: { other: "" } },
  { subagent: { other: "a\r\nx: y" } },
  { subagent: { other: "\u65e5\u672c" } },
  { subagent: { thread_spawn: { parent_thread_id: "a\nb" } } },
];

for (const source of UNREADABLE) {
  const text = JSON.stringify(source);
  Deno.test(`the header session source ${text} tells nothing`, async () => {
    assertEquals(await told(source, "header"), [
      undefined,
      undefined,
      undefined,
    ]);
  });
}

Deno.test("what a caller says of itself wins over its session source", async () => {
  const sent = await headersOf({
    dialect: "codex",
    mode: "normalize",
    body: '{"_gateway":{"session_source":{"subagent":"review"}}}',
    headers: { "x-openai-subagent": "mine" },
  });
  assertEquals(sent["x-openai-subagent"], "mine");
});

Deno.test("passthrough consumes the session source and tells nothing", async () => {
  const sent = await headersOf({
    dialect: "codex",
    mode: "passthrough",
    body: '{"_gateway":{"session_source":{"subagent":"review"}}}',
  });
  assertEquals(sent, { originator: "Codex_cli" });
});
