/**
 * What the documents tell the user of a client to write and to type: each
 * recipe is followed as printed but for the port, with the pinned client, and
 * has to end with the answer of the simulated model.
 */
import { dirname, join } from "@std/path";
import { GREETING } from "../../lib/simulator/model/prompt.ts";
import { run } from "../e2e/support/child.ts";
import { type Block, readDocument } from "../support/documents.ts";
import { startTestGateway } from "../support/gateway.ts";
import type { Program } from "./install.ts";
import { environment } from "./program.ts";

/** A program, or a configuration with the line that is typed after it. */
export interface Recipe {
  readonly name: string;
  readonly blocks: readonly Block[];
}

interface Source {
  readonly document: string;
  readonly heading: string;
  /** All of them, if not named. */
  readonly language?: string;
}

/** By the name of the client. */
export const RECIPES: Readonly<Record<string, readonly Source[]>> = {
  "node": [...inReadme("js"), ...under("openai for Node")],
  "python": [...inReadme("python"), ...under("openai for Python")],
  "go": under("openai for Go"),
  "ai": under("Vercel AI SDK"),
  "langchain-js": under("LangChain for JavaScript"),
  "langchain-python": under("LangChain for Python"),
  "litellm": under("LiteLLM"),
  "pydantic-ai": under("pydantic-ai"),
  "agents-js": under("openai-agents for JavaScript"),
  "agents-python": under("openai-agents for Python"),
  "instructor": under("instructor"),
  "llm": under("llm"),
  "opencode": under("opencode"),
};

/** Recipes that no client of ours can follow, with what does. */
export const OTHERS: Readonly<Record<string, string>> = {
  "curl": "tests/docs/run/",
  "Cherry Studio": "nothing: it is a desktop program",
  "Continue": "nothing: it is a part of an editor",
  "aider": "nothing: as its documents have it",
};

function under(heading: string): readonly Source[] {
  return [{ document: "docs/sdk.md", heading }];
}

function inReadme(language: string): readonly Source[] {
  return [{ document: "README.md", heading: "Use an OpenAI SDK", language }];
}

/** What a block of a language is written to, and how it is run. */
const FILES: Readonly<Record<string, { name: string; line?: string }>> = {
  js: { name: "hello.mjs", line: "node hello.mjs" },
  python: { name: "hello.py", line: "python hello.py" },
  go: { name: "main.go", line: "go run ." },
  json: { name: "opencode.json" },
  yaml: { name: "extra-openai-models.yaml" },
};

/** Those of a client, in the order of the documents. */
export async function recipesOf(client: string): Promise<readonly Recipe[]> {
  const recipes: Recipe[] = [];
  for (const { document, heading, language } of RECIPES[client] ?? []) {
    const { blocks } = await readDocument(document);
    let files: Block[] = [];
    let count = 0;
    for (const block of blocks) {
      const isOfIt = block.heading === heading &&
        (language === undefined || language === block.language);
      if (!isOfIt) continue;
      files.push(block);
      if (lineOf(block) === undefined) continue;
      const name = `recipe ${document}: ${heading}, ${++count}`;
      recipes.push({ name, blocks: files });
      files = [];
    }
    if (count === 0) throw new Error(`${document} has no recipe: ${heading}`);
  }
  return recipes;
}

/** What is typed once a block is written; undefined if more is to come. */
function lineOf({ language, text }: Block): string | undefined {
  return language === "sh" ? text : FILES[language]?.line;
}

const LIMIT_MS = 60_000;

/** What the model says to `say: hello`, and to anything else. */
const ANSWERS: readonly unknown[] = ["hello", GREETING];

/** Why a recipe did not end with an answer; undefined if it did. */
export async function follow(
  { blocks }: Recipe,
  { command, cwd }: Program,
): Promise<string | undefined> {
  // Inside the folder of the packages, where programs look for them.
  const folder = await Deno.makeTempDir({ dir: cwd, prefix: "recipe-" });
  try {
    await using test = await startTestGateway({ warm: true });
    const { host } = new URL(test.gateway.publicOrigin);
    let line: string | undefined;
    for (const block of blocks) {
      const text = block.text.replaceAll("127.0.0.1:18039", host);
      const file = FILES[block.language]?.name;
      if (file) await Deno.writeTextFile(join(folder, file), text);
      line = lineOf(block);
    }
    if (line === undefined) return "there is nothing to run";
    const { code, stdout, stderr, killed } = await run({
      program: "sh",
      args: ["-c", line],
      cwd: folder,
      env: environmentOf(folder, { command, cwd }),
      timeoutMs: LIMIT_MS,
    });
    if (killed) return `it took over ${LIMIT_MS / 1000} s`;
    const said = stdout.trim().split("\n").at(-1);
    if (code !== 0 || !ANSWERS.includes(said)) {
      return `it ended with ${code}: ${stdout} ${stderr}`;
    }
    const { violations } = test.simulator;
    return violations.length > 0 ? violations.join(", ") : undefined;
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

function environmentOf(
  folder: string,
  { command, cwd }: Pick<Program, "command" | "cwd">,
): Record<string, string> {
  const own = environment(folder);
  const programs = [dirname(command), join(cwd, "node_modules", ".bin")];
  return {
    ...own,
    PATH: [...programs, own["PATH"]].join(":"),
    // No other host can be reached.
    HTTP_PROXY: "http://127.0.0.1:9",
    HTTPS_PROXY: "http://127.0.0.1:9",
    LLM_USER_PATH: folder,
    OPENCODE_DISABLE_AUTOUPDATE: "1",
    OPENCODE_DISABLE_MODELS_FETCH: "1",
    // Go's modules are in the folders of who has installed them.
    ...command.endsWith("client") ? { HOME: Deno.env.get("HOME") ?? "" } : {},
  };
}
