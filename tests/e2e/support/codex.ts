/**
 * The real `codex exec`, each in a home of its own, as a program to test with.
 *
 * Nothing it sends can leave the machine: every host but loopback is behind a
 * proxy that nobody listens on, and standard input is closed.
 */
import { join } from "@std/path";
import { codexFile } from "../../support/account_files.ts";
import { writeNoise } from "./noise.ts";
import { type Command, type Ended, run, type Running, start } from "./child.ts";

/** How a person has signed in to this Codex. */
export type Login =
  | { readonly kind: "none" }
  | { readonly kind: "api_key"; readonly key: string }
  | { readonly kind: "env_key"; readonly key: string }
  | {
    readonly kind: "chatgpt";
    /** A JWT; the client reads its claims. */
    readonly accessToken: string;
    readonly refreshToken: string;
    /** Left out: the client asks for no workspace routing (C11). */
    readonly accountId: string | undefined;
  };

export interface Turn {
  /** `openai_base_url`. */
  readonly base: string;
  readonly prompt: string;
  /** Further arguments, before the prompt. */
  readonly args?: readonly string[];
  /** `-c key=value`, as TOML. */
  readonly config?: Readonly<Record<string, string>>;
  readonly timeoutMs?: number;
}

const HARD_LIMIT_MS = 60_000;
/** Nothing listens on the discard port. */
const NOWHERE = "http://127.0.0.1:9";

export class Codex implements AsyncDisposable {
  readonly #home: string;
  readonly #env: Readonly<Record<string, string>>;

  private constructor(home: string, env: Readonly<Record<string, string>>) {
    this.#home = home;
    this.#env = env;
  }

  /** `env` comes on top of what every Codex here gets. */
  static async signedIn(
    login: Login,
    env: Readonly<Record<string, string>> = {},
  ): Promise<Codex> {
    const home = await Deno.makeTempDir({ prefix: "codaze-e2e-" });
    const codexHome = join(home, ".codex");
    await Deno.mkdir(codexHome);
    await Deno.mkdir(join(home, "project"));
    const file = authFile(login);
    if (file !== undefined) {
      await Deno.writeTextFile(
        join(codexHome, "auth.json"),
        JSON.stringify(file),
        { mode: 0o600 },
      );
    }
    return new Codex(home, {
      HOME: home,
      CODEX_HOME: codexHome,
      HTTP_PROXY: NOWHERE,
      HTTPS_PROXY: NOWHERE,
      NO_PROXY: "127.0.0.1,localhost",
      TERM: "xterm",
      ...login.kind === "env_key" ? { CODEX_API_KEY: login.key } : {},
      ...env,
    });
  }

  exec(turn: Turn): Promise<Ended> {
    return this.start(turn).ended;
  }

  start(turn: Turn): Running {
    return this.#start("exec", turn);
  }

  /** The next turn of the last session. */
  resume(turn: Turn): Promise<Ended> {
    return this.#start("exec resume --last", turn).ended;
  }

  #start(command: string, turn: Turn): Running {
    const { base, prompt, args = [], config = {}, timeoutMs } = turn;
    const settings = { openai_base_url: JSON.stringify(base), ...config };
    return start(this.command(
      [
        ...command.split(" "),
        "--skip-git-repo-check",
        ...Object.entries(settings).flatMap(([k, v]) => ["-c", `${k}=${v}`]),
        ...args,
        prompt,
      ],
      timeoutMs,
    ));
  }

  /** Any other subcommand, in the same home. */
  command(args: readonly string[], timeoutMs = HARD_LIMIT_MS): Command {
    return {
      program: codexProgram(),
      args,
      cwd: join(this.#home, "project"),
      env: this.#env,
      timeoutMs,
    };
  }

  /** Every line of the sessions that it has written down. */
  async rollout(): Promise<readonly string[]> {
    const lines: string[] = [];
    const read = async (dir: string): Promise<void> => {
      for await (const { name, isDirectory } of Deno.readDir(dir)) {
        const path = join(dir, name);
        if (isDirectory) await read(path);
        else lines.push(...(await Deno.readTextFile(path)).split("\n"));
      }
    };
    await read(join(this.#home, ".codex", "sessions"));
    return lines;
  }

  /** Paths of so many pictures of noise. */
  async pictures(count: number): Promise<readonly string[]> {
    const paths = Array.from(
      { length: count },
      (_, at) => join(this.#home, `noise-${at}.png`),
    );
    for (const path of paths) await writeNoise(path);
    return paths;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Deno.remove(this.#home, { recursive: true });
  }
}

/** As the program names itself; asked once. */
export function codexVersion(): Promise<string> {
  return version ??= askVersion();
}

let version: Promise<string> | undefined;

async function askVersion(): Promise<string> {
  await using codex = await Codex.signedIn({ kind: "none" });
  const { stdout } = await run(codex.command(["--version"]));
  const [found] = /\d+\.\d+\.\S+/.exec(stdout) ?? [];
  if (found === undefined) throw new Error(`no version in "${stdout}"`);
  return found;
}

/** Whether one version of the client is older than another. */
export function isBefore(version: string, other: string): boolean {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  const [otherMajor = 0, otherMinor = 0] = other.split(".").map(Number);
  return major === otherMajor ? minor < otherMinor : major < otherMajor;
}

/** Set by `deno task e2e`, which installs what these tests need. */
export function e2eVariable(name: string): string {
  const value = Deno.env.get(name);
  if (value) return value;
  throw new Error(`${name} is not set; run these tests by "deno task e2e"`);
}

function codexProgram(): string {
  return e2eVariable("CODAZE_E2E_CODEX");
}

/** The layouts of `auth.json` (C15). */
function authFile(login: Login): unknown {
  switch (login.kind) {
    case "none":
    case "env_key":
      return undefined;
    case "api_key":
      return { auth_mode: "apikey", OPENAI_API_KEY: login.key };
    case "chatgpt":
      return codexFile(login);
  }
}
