/** The flags of `--help` are those of the documents, and the other way round. */
import { assert, assertEquals } from "@std/assert";
import denoJson from "../../deno.json" with { type: "json" };
import { readConfig } from "../../lib/config/config.ts";
import { FLAGS } from "../../lib/config/flags.ts";
import { MANUALS } from "../../lib/cli/help/manuals.ts";
import { flagsPage, page } from "../../lib/cli/help/pages.ts";
import { commandsOf, mentionedCommands, ownWords } from "./commands.ts";
import {
  codeSpans,
  type Document,
  readDocument,
  readDocuments,
  tableRows,
} from "../support/documents.ts";

const HELP = [...MANUALS.map(page), flagsPage()].join("\n");

/** Names with their dashes. */
const HELPED = [...HELP.matchAll(/--[a-z][a-z-]*/g)].map(([flag]) => flag);

const COMMANDS = new Set(MANUALS.map(({ name }) => name.split(" ")[0]));

/** What is said of a flag that is not one of ours, and whose it is. */
const FOREIGN: Readonly<Record<string, string>> = {
  "--against": "deno task bench",
  "--all": "deno task compile, and accounts wake",
  "--allow-net": "deno",
  "--flag": "any",
  "--from": "install.sh",
  "--gate": "deno task bench",
  "--gateway": "deno task bench",
  "--json": "deno task bench",
  "--loads": "deno task year",
  "--markdown": "deno task bench",
  "--max-semi-space-size": "V8",
  "--minutes": "deno task chaos",
  "--no-prompt": "deno",
  "--only": "deno task bench and clients",
  "--output": "deno task compile",
  "--policies": "deno task year",
  "--pools": "deno task year",
  "--quick": "deno task bench",
  "--seconds": "deno task fuzz",
  "--seed": "deno task chaos and fuzz",
  "--seeds": "deno task year",
  "--stickiness": "deno task year",
  "--target": "deno task compile",
  "--test": "deno task clients",
  "--to": "install.sh",
};

/** An environment with nothing in it that says more. */
function plain(name: string): string | undefined {
  return name === "HOME" ? "/home/you" : undefined;
}

Deno.test("operations.md has every flag, with its default", async () => {
  const rows = tableRows(await readDocument("docs/operations.md"))
    .filter(([flag = ""]) => flag.startsWith("`--"));
  const defaults = new Map(
    rows.map(([flag = "", value = ""]) =>
      [flag.replaceAll("`", ""), value.replaceAll("`", "")] as const
    ),
  );
  const flags = Object.values(FLAGS);
  assertEquals(
    [...defaults.keys()].toSorted(),
    [...flags.map(({ name }) => `--${name}`), "--help, --version"].toSorted(),
  );
  for (const flag of flags) {
    const expected = flag.default?.replace("$HOME/", "~/") ?? "";
    assertEquals(defaults.get(`--${flag.name}`), expected, flag.name);
  }
  const config = readConfig([], plain);
  assert(config.ok);
  const { upstream, authIssuer } = config.value;
  assertEquals(defaults.get("--upstream"), upstream.href);
  assertEquals(`${defaults.get("--auth-issuer")}/`, authIssuer.href);
});

Deno.test("every option of --help is in a document", async () => {
  const documents = await readDocuments();
  const text = documents.map(({ prose }) => prose).join("\n");
  for (const flag of new Set(HELPED)) {
    assert(new RegExp(`\`[^\`]*${flag}\\b`).test(text), flag);
  }
});

Deno.test("every option that a document names is in --help", async () => {
  for (const document of await readDocuments()) {
    for (const span of codeSpans(document)) {
      const [flag] = /^--[a-z][a-z-]*/.exec(span) ?? [];
      if (flag === undefined) continue;
      const isKnown = HELPED.includes(flag) || Object.hasOwn(FOREIGN, flag);
      assert(isKnown, `${document.path}: ${span}`);
    }
  }
});

Deno.test("every command that a document names exists, with its options", async () => {
  let seen = 0;
  for (const document of await readDocuments()) {
    for (const text of commandTexts(document)) {
      seen++;
      const where = `${document.path}: ${text}`;
      assert(hasTask(text), where);
      const words = ownWords(text) ?? [];
      const [first = "--"] = words;
      if (!/^[-<>|…]/.test(first)) assert(COMMANDS.has(first), where);
      for (const word of words) {
        const [flag] = /^--[a-z-]+/.exec(word) ?? [];
        assert(flag === undefined || HELPED.includes(flag), where);
      }
    }
  }
  assert(seen > 60, `${seen} commands`);
});

/** Read by tests and by what runs them, for who works on the program. */
const OF_TESTS = new Set([
  "CODAZE_CLIENTS_CACHE",
  "CODAZE_E2E_CODEX",
  "CODAZE_NEVER_WORSE",
  "CODAZE_NEVER_WORSE_ONLY",
]);

Deno.test("every variable of ours that a document names is a flag's, or of the tests", async () => {
  const twins = Object.values(FLAGS).map(({ twin }) => twin);
  for (const { path, prose, blocks } of await readDocuments()) {
    const text = [prose, ...blocks.map((block) => block.text)].join("\n");
    for (const [name] of text.matchAll(/\bCODAZE_[A-Z0-9_]+\b/g)) {
      const known = twins.includes(name) || OF_TESTS.has(name);
      assert(known, `${path}: ${name}`);
    }
  }
});

function commandTexts(document: Document): readonly string[] {
  return [
    ...commandsOf(document).map(({ text }) => text),
    ...mentionedCommands(document),
  ];
}

/** True for what calls no task. */
function hasTask(text: string): boolean {
  const [, name] = /deno(?:@\S+)? task (?:-q |--config \S+ )*([a-z]\w*)/
    .exec(text) ?? [];
  return name === undefined || Object.hasOwn(denoJson.tasks, name);
}
