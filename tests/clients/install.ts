/**
 * Installs a client into a folder of its own outside the repository, once for
 * each set of versions, and says how its program is run.
 */
import { exists } from "@std/fs";
import { join } from "@std/path";
import { cp } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { err, ok, type Result } from "../../lib/result.ts";
import type { Client, Registry } from "./clients.ts";

/** How to run a client's program. */
export interface Program {
  readonly command: string;
  readonly args: readonly string[];
  readonly cwd: string;
}

const HERE = fileURLToPath(new URL(".", import.meta.url));
/** The longest part is the compiler's, for Go and Rust. */
const INSTALL_MS = 600_000;
const WINDOWS = Deno.build.os === "windows";

interface Kind {
  /** Where its programs are, below this folder. */
  readonly sources: string;
  /** Programs without which it is not to be had. */
  readonly needs: readonly string[];
  readonly install: (client: Client, folder: string) => readonly Step[];
  readonly program: (client: Client, folder: string) => Program;
}

/** A command line; the folder is where it runs. */
type Step = readonly [command: string, ...args: readonly string[]];

const CRATE_FEATURES: Readonly<Record<string, string>> = {
  "async-openai": "responses,chat-completion,model",
  "tokio": "rt,macros",
};
const BUILT = WINDOWS ? "client.exe" : "client";
const PYTHON = WINDOWS ? "Scripts/python.exe" : "bin/python";
const NPM = WINDOWS ? "npm.cmd" : "npm";

const KINDS: Readonly<Record<Registry, Kind>> = {
  npm: {
    sources: "node",
    needs: ["node", NPM],
    install: ({ packages }) => [[
      NPM,
      "install",
      "--no-audit",
      "--no-fund",
      "--loglevel=error",
      "--save-exact",
      ...packages,
    ]],
    program: ({ program }, cwd) => ({ command: "node", args: [program], cwd }),
  },
  pypi: {
    sources: "python",
    needs: ["python3"],
    install: ({ packages }, folder) => [
      ["python3", "-m", "venv", "venv"],
      [
        join(folder, "venv", PYTHON),
        "-m",
        "pip",
        "install",
        "--quiet",
        "--disable-pip-version-check",
        ...packages,
      ],
    ],
    program: ({ program }, cwd) => ({
      command: join(cwd, "venv", PYTHON),
      args: [program],
      cwd,
    }),
  },
  go: {
    sources: "go",
    needs: ["go"],
    install: ({ packages }) => [
      ["go", "mod", "init", "client"],
      ["go", "get", ...packages],
    ],
    program: (_, cwd) => ({ command: join(cwd, BUILT), args: [], cwd }),
  },
  crates: {
    sources: "rust",
    needs: ["cargo"],
    install: ({ packages }) => [
      ["cargo", "init", "--quiet", "--vcs=none", "--name=client"],
      ...packages.map(addCrate),
    ],
    program: (_, cwd) => ({
      command: join(cwd, "target", "debug", BUILT),
      args: [],
      cwd,
    }),
  },
};

function addCrate(crate: string): Step {
  const [name = ""] = crate.split("@");
  const features = CRATE_FEATURES[name];
  return [
    "cargo",
    "add",
    "--quiet",
    crate,
    ...features === undefined ? [] : [`--features=${features}`],
  ];
}

/** What turns sources into a program, each time they are copied. */
const BUILDS: Readonly<Partial<Record<Registry, readonly Step[]>>> = {
  go: [["go", "mod", "tidy"], ["go", "build", "-o", BUILT, "."]],
  crates: [["cargo", "build", "--quiet"]],
};

/** Fails with the reason why the client is not to be had here. */
export async function install(
  client: Client,
  cache: string,
): Promise<Result<Program, string>> {
  const kind = KINDS[client.registry];
  for (const program of kind.needs) {
    if (!await runs(program)) return err(`there is no ${program} here`);
  }
  const folder = join(cache, folderName(client));
  const done = join(folder, "installed");
  const first = !await exists(done);
  if (first) {
    // What an install that was cut short has left.
    if (await exists(folder)) await Deno.remove(folder, { recursive: true });
    await Deno.mkdir(folder, { recursive: true });
  }
  // Beside its packages, or Node would not find them.
  await cp(join(HERE, kind.sources), folder, { recursive: true });
  const steps = first ? kind.install(client, folder) : [];
  for (const step of [...steps, ...BUILDS[client.registry] ?? []]) {
    const failed = await failureOf(step, folder);
    if (failed !== undefined) return err(failed);
  }
  await Deno.writeTextFile(done, "");
  return ok(kind.program(client, folder));
}

function folderName({ name, packages }: Client): string {
  return [name, ...packages].join("-").replaceAll(/[^\w.-]+/g, "_");
}

async function runs(program: string): Promise<boolean> {
  const version = program === "go" ? "version" : "--version";
  try {
    const { success } = await new Deno.Command(program, {
      args: [version],
      stdin: "null",
      stdout: "null",
      stderr: "null",
    }).output();
    return success;
  } catch {
    return false;
  }
}

/** The last line that a failed command printed; undefined if it succeeded. */
async function failureOf(
  [command, ...args]: Step,
  cwd: string,
): Promise<string | undefined> {
  const { success, stderr, stdout } = await new Deno.Command(command, {
    args,
    cwd,
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
    signal: AbortSignal.timeout(INSTALL_MS),
  }).output();
  if (success) return undefined;
  const printed = new TextDecoder().decode(stderr.length > 0 ? stderr : stdout);
  const lines = printed.trim().split("\n");
  const told = lines.find((line) => /error/i.test(line)) ?? lines.at(-1);
  return `${[command, ...args.slice(0, 2)].join(" ")} failed: ${told}`;
}
