/**
 * A person's shell in a clone of this tree: real bash, a home folder of its
 * own, and of the environment nothing but `PATH`.
 *
 * Two programs stand in front of it: `npx` for this very Deno, so that nothing
 * is asked of the registry, and `codaze` for the executable.
 */
import { join } from "@std/path";
import { type Running, start } from "../../e2e/support/child.ts";
import { DENO_DIR } from "../../support/deno_dir.ts";
import { ROOT } from "../../support/documents.ts";

/** Not of a clone, or not of this one. */
const LEFT_OUT = new Set([".git", "dist", "coverage", "node_modules"]);

const LIMIT_MS = 90_000;

export class Shell implements AsyncDisposable {
  readonly home: string;
  readonly clone: string;
  readonly #root: string;
  readonly #env: Readonly<Record<string, string>>;

  private constructor(root: string, env: Readonly<Record<string, string>>) {
    this.#root = root;
    this.home = join(root, "home");
    this.clone = join(root, "clone");
    this.#env = {
      PATH: `${join(root, "bin")}:${Deno.env.get("PATH") ?? ""}`,
      HOME: this.home,
      TMPDIR: join(root, "tmp"),
      NO_COLOR: "1",
      DENO_DIR,
      ...env,
    };
  }

  static async open(env: Readonly<Record<string, string>>): Promise<Shell> {
    const root = await Deno.makeTempDir({ prefix: "codaze-docs-" });
    for (const name of ["home", "clone", "tmp", "bin"]) {
      await Deno.mkdir(join(root, name));
    }
    const shell = new Shell(root, env);
    await copyFolder(ROOT, shell.clone);
    const task = `deno task -q --config '${shell.clone}/deno.json' start`;
    await shell.#program("codaze", `exec ${task} "$@"`);
    await shell.#program("npx", NPX);
    return shell;
  }

  /** Settings are lines typed before, such as an alias. SIGINT is Ctrl-C. */
  start(
    command: string,
    { settings = [], env = {} }: {
      readonly settings?: readonly string[];
      readonly env?: Readonly<Record<string, string>>;
    } = {},
  ): Running {
    const lines = ["shopt -s expand_aliases", "set -m", ...settings];
    const running = start({
      program: "bash",
      args: ["-c", [...lines, ...withSignals(command)].join("\n")],
      cwd: this.clone,
      env: { ...this.#env, ...env },
      // The shell's own limit comes first, and ends what it has started.
      timeoutMs: LIMIT_MS + 10_000,
    });
    const limit = setTimeout(() => running.signal("SIGTERM"), LIMIT_MS);
    const ended = running.ended.finally(() => clearTimeout(limit));
    return { ...running, ended };
  }

  async #program(name: string, body: string): Promise<void> {
    const path = join(this.#root, "bin", name);
    await Deno.writeTextFile(path, `#!/bin/sh\n${body}\n`, { mode: 0o755 });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Deno.remove(this.#root, { recursive: true });
  }
}

const NPX = `case "$*" in
"-y deno@2.9.6 "*) shift 2; exec deno "$@" ;;
"-y --prefer-offline deno@2.9.6 "*) shift 3; exec deno "$@" ;;
*) echo "npx: $* is not what the documents say" >&2; exit 64 ;;
esac`;

/** The command as a job of its own, which gets signals as from a terminal. */
function withSignals(command: string): readonly string[] {
  return [
    "trap 'kill -INT -- -$job' INT",
    "trap 'kill -KILL -- -$job' TERM",
    `{\n${command}\n} &`,
    "job=$!",
    // A signal ends the first wait, and not the job.
    "wait $job; wait $job",
  ];
}

async function copyFolder(from: string, to: string): Promise<void> {
  for await (const { name, isDirectory } of Deno.readDir(from)) {
    if (LEFT_OUT.has(name) || name.endsWith(".log")) continue;
    const [source, target] = [join(from, name), join(to, name)];
    if (isDirectory) {
      await Deno.mkdir(target);
      await copyFolder(source, target);
    } else await Deno.copyFile(source, target);
  }
}
