/**
 * What the README says of Codex and of SDKs, as printed but for the port:
 * each configuration, the line for one run, the program.
 */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { dirname, join } from "@std/path";
import { readDocument } from "../support/documents.ts";
import { startTestGateway, type TestGateway } from "../support/gateway.ts";
import { type Ended, run } from "./support/child.ts";
import { e2eVariable } from "./support/codex.ts";

const BLOCKS = (await readDocument("README.md")).blocks;

function printed(language: string, word: string): readonly string[] {
  const found = BLOCKS.filter(({ language: one, text }) =>
    one === language && text.includes(word)
  );
  assert(found.length > 0, `no ${language} with ${word}`);
  return found.map(({ text }) => text);
}

/** A person's home, where Codex has never been. */
class Home implements AsyncDisposable {
  readonly path: string;

  private constructor(path: string) {
    this.path = path;
  }

  static async make(): Promise<Home> {
    const home = new Home(await Deno.makeTempDir({ prefix: "codaze-e2e-" }));
    await Deno.mkdir(join(home.path, ".codex"));
    return home;
  }

  write(name: string, text: string): Promise<void> {
    return Deno.writeTextFile(join(this.path, name), text);
  }

  /** As typed; no other host can be reached. */
  type(line: string): Promise<Ended> {
    const codex = dirname(e2eVariable("CODAZE_E2E_CODEX"));
    return run({
      program: "sh",
      args: ["-c", line],
      cwd: this.path,
      env: {
        PATH: `${codex}:${Deno.env.get("PATH")}`,
        HOME: this.path,
        HTTPS_PROXY: "http://127.0.0.1:9",
        NO_PROXY: "127.0.0.1",
      },
      timeoutMs: 60_000,
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Deno.remove(this.path, { recursive: true });
  }
}

function here(text: string, { gateway }: TestGateway): string {
  const { host } = new URL(gateway.publicOrigin);
  return text.replaceAll("127.0.0.1:18039", host);
}

/** A turn, for a program that would else open its screen. */
const EXEC = "exec --skip-git-repo-check 'say: hello'";

for (const [at, config] of printed("toml", "base_url").entries()) {
  Deno.test(`codex with configuration ${at + 1} of the README gets its answer`, async () => {
    await using test = await startTestGateway({ websockets: true });
    await using home = await Home.make();
    await home.write(".codex/config.toml", here(config, test));
    const { code, stdout, stderr } = await home.type(`codex ${EXEC}`);

    assertEquals([code, stdout], [0, "hello\n"], stderr);
    assertEquals(test.simulator.connections.length, 1);
  });
}

Deno.test("the line of the README for one run of codex works", async () => {
  await using test = await startTestGateway({ websockets: true });
  await using home = await Home.make();
  const [line = ""] = printed("sh", "codex -c");
  const { code, stdout, stderr } = await home.type(
    `${here(line, test)} ${EXEC}`,
  );
  assertEquals([code, stdout], [0, "hello\n"], stderr);
});

Deno.test("the key that the README gives codex is one, and goes nowhere", async () => {
  await using test = await startTestGateway({ websockets: true });
  await using home = await Home.make();
  const [config = ""] = printed("toml", "openai_base_url");
  await home.write(".codex/config.toml", here(config, test));
  const [line = ""] = printed("sh", "codex login");
  const login = await home.type(line);
  assertEquals(login.code, 0, login.stderr);
  const status = await home.type("codex login status");
  assertStringIncludes(status.stdout + status.stderr, "API key");

  const { code, stdout, stderr } = await home.type(`codex ${EXEC}`);
  assertEquals([code, stdout], [0, "hello\n"], stderr);
  const sent = test.simulator.connections.flatMap(({ headers }) => headers);
  assert(sent.length > 0);
  assert(sent.every(([, value]) => value !== "Bearer any"));
});

Deno.test("the program of the README gets an answer", async () => {
  await using test = await startTestGateway();
  await using home = await Home.make();
  const [program = ""] = printed("js", "import OpenAI");
  await home.write("program.mjs", here(program, test));
  await Deno.symlink(
    join(e2eVariable("CODAZE_E2E_MODULES"), "node_modules"),
    join(home.path, "node_modules"),
  );
  const { code, stdout, stderr } = await home.type("node program.mjs");
  assertEquals([code, stdout], [0, "hello\n"], stderr);
});
