/**
 * What the documents show is what it says it is. What a command is shown to
 * answer is compared where the command is run, in `run/`.
 */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { parse as parseToml } from "@std/toml";
import { parse as parseYaml } from "@std/yaml";
import { parseAccountFile } from "../../lib/accounts/files/file.ts";
import { readCodexTarget } from "../../lib/cli/codex/codex_target.ts";
import { isObject, parseObject } from "../../lib/protocol/json.ts";
import { startTestGateway } from "../support/gateway.ts";
import {
  type Block,
  readDocument,
  readDocuments,
} from "../support/documents.ts";
import { shapeDifferences } from "./shape.ts";

/** Languages of blocks, with what makes sure that they are such. */
const READERS: Readonly<Record<string, (text: string) => unknown>> = {
  json: JSON.parse,
  toml: parseToml,
  yaml: parseYaml,
  // Run: `run/`, `tests/e2e/documents.ts`, `tests/clients/recipes.ts`.
  sh: () => {},
  js: () => {},
  python: () => {},
  go: () => {},
  // Output of commands, pictures; Windows is not here.
  text: () => {},
  bat: () => {},
};

Deno.test("every block of the documents is of its language", async () => {
  for (const { path, blocks } of await readDocuments()) {
    for (const { language, text, line } of blocks) {
      const read = READERS[language];
      assert(read, `${path}:${line} is "${language}"`);
      try {
        read(text);
      } catch (error) {
        throw new Error(`${path}:${line} is no ${language}`, { cause: error });
      }
    }
  }
});

async function blockOf(
  path: string,
  language: string,
  word: string,
): Promise<Block> {
  const { blocks } = await readDocument(path);
  const found = blocks.find((block) =>
    block.language === language && block.text.includes(word)
  );
  assert(found, `${path} has no ${language} with ${word}`);
  return found;
}

Deno.test("the account file of the README is one", async () => {
  const { text } = await blockOf("README.md", "json", "refresh_token");
  const file = parseAccountFile(new TextEncoder().encode(text));
  assert(file.ok);
  assertEquals(file.value.label, "main");
});

Deno.test("each configuration of Codex in the README leads to the public port", async () => {
  const { blocks } = await readDocument("README.md");
  const configs = blocks.filter(({ language }) => language === "toml");
  assertEquals(configs.length, 3);
  for (const { text } of configs) {
    const target = readCodexTarget(text);
    assert(target.ok);
    assertEquals(target.value.baseUrl, "http://127.0.0.1:18039/v1");
    const { chatgptBaseUrl = "http://127.0.0.1:18039/backend-api" } =
      target.value;
    assertEquals(chatgptBaseUrl, "http://127.0.0.1:18039/backend-api");
  }
});

Deno.test("_gateway of api.md is consumed, and heard", async () => {
  await using test = await startTestGateway();
  const { text } = await blockOf("docs/api.md", "json", "_gateway");
  const answer = await test.turn(parseObject(text), {
    headers: { originator: "somebody" },
  });
  assertEquals(answer.status, 200, await answer.text());
  const sent = test.simulator.requests.at(-1);
  assert(!new TextDecoder().decode(sent?.body).includes("_gateway"));
});

Deno.test("the account of api.md has every key of one", async () => {
  await using test = await startTestGateway();
  await (await test.turn()).text();
  const { text } = await blockOf("docs/api.md", "json", "persist_pending");
  const { a } = await test.views();
  assertEquals(shapeDifferences(JSON.parse(text), a), []);
});

Deno.test("the metrics of operations.md are those of the admin port", async () => {
  await using test = await startTestGateway();
  const text = await (await test.admin("/admin/metrics")).text();
  const { prose } = await readDocument("docs/operations.md");
  const [, section = ""] = prose.split(/^## Metrics$/m);
  const named = section.matchAll(/`((?:codaze|process)_[a-z_]+)[`{ ]/g);
  const exported = text.matchAll(/^# TYPE (\S+)/gm);
  const [documented, real] = [named, exported].map((found) =>
    [...new Set(Array.from(found, ([, name]) => name))].toSorted()
  );
  assertEquals(documented, real);
});

Deno.test("the readme in Chinese shows what the other one shows", async () => {
  const [english, chinese] = await Promise.all(
    ["README.md", "docs/README.zh-CN.md"].map(readDocument),
  );
  const shown = (blocks: readonly Block[] = []) =>
    blocks.map(({ language, text }) => [language, text]);
  assertEquals(shown(chinese?.blocks), shown(english?.blocks));
});

Deno.test("the readme in Chinese has the same order of headings and pictures", async () => {
  const order = async (path: string) => {
    const { prose } = await readDocument(path);
    const found = prose.matchAll(/^(#+) |^!\[[^\]]+\]\((?:docs\/)?(.+)\)$/gm);
    return Array.from(found, ([, level, picture]) => level ?? picture);
  };
  const english = await order("README.md");
  assert(english.includes("page.png"));
  assertEquals(await order("docs/README.zh-CN.md"), english);
});

Deno.test("shapeDifferences() tells keys and kinds apart, and not values", () => {
  const shown = { a: 1, b: [{ c: "x" }], d: null };
  assertEquals(shapeDifferences(shown, { a: 2, b: [{ c: "" }], d: 1 }), []);
  assertEquals(shapeDifferences(shown, { a: "2", b: [], e: 1 }), [
    "$.d is shown, and is not there",
    "$.e is there, and is not shown",
    "$.a is shown as number, and is string",
    "$.b is empty",
  ]);
  assert(isObject(shown));
  const [difference = ""] = shapeDifferences({ a: {} }, { a: { b: 1 } });
  assertStringIncludes(difference, "$.a.b");
});
