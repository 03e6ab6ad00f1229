/**
 * The program as a person starts it: `deno run` with exactly the permissions
 * of a task in deno.json.
 */
import denoJson from "../../deno.json" with { type: "json" };
import {
  readTask,
  type TaskCommand,
} from "../../lib/cli/service/task_command.ts";
import { assertNoToken } from "./canary.ts";
import { DENO_DIR } from "./deno_dir.ts";

const ROOT = new URL("../../", import.meta.url);

type Task = "start" | "demo";

/** What `deno run` is given in front of `main.ts`. */
export function flagsOf(task: Task): readonly string[] {
  return commandOf(task).words.slice(1);
}

/** What the task sets before `deno`. */
export function variablesOf(task: Task): Readonly<Record<string, string>> {
  return commandOf(task).environment;
}

function commandOf(task: Task): TaskCommand {
  const command = readTask(denoJson.tasks[task]);
  // The runtime would ask its maker for news: one host more than named.
  if (command?.environment["DENO_NO_UPDATE_CHECK"] !== "1") {
    throw new Error(`odd task ${task}`);
  }
  return command;
}

export interface StartOptions {
  readonly task?: Task;
  readonly env?: Readonly<Record<string, string>>;
  /** Further flags of `deno run`. */
  readonly flags?: readonly string[];
  /** Instead of main.ts; must be an absolute path. */
  readonly script?: string;
  /** What it can read from standard input; by default nothing. */
  readonly stdin?: string;
}

/** Proxies and twins of whoever runs the tests are none of their business. */
export function cleanEnvironment(): Record<string, string> {
  return Object.fromEntries(
    Object.entries(Deno.env.toObject()).filter(([name]) =>
      !/_proxy$|^codaze_|^no_color$|^force_color$|^deno_serve/i.test(name)
    ),
  );
}

export function startCodaze(
  args: readonly string[],
  options: StartOptions = {},
): Codaze {
  const { task = "start", env = {}, flags = [], script, stdin } = options;
  const main = script === undefined
    ? ["main.ts"]
    : ["--config=deno.json", script];
  const child = new Deno.Command("deno", {
    args: ["run", ...flagsOf(task), ...flags, ...main, ...args],
    cwd: ROOT,
    clearEnv: true,
    env: { ...cleanEnvironment(), ...variablesOf(task), DENO_DIR, ...env },
    stdin: stdin === undefined ? "null" : "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  if (stdin !== undefined) void feed(child, stdin);
  return new Codaze(child);
}

/** A program that does not read on is no failure here. */
async function feed(child: Deno.ChildProcess, text: string): Promise<void> {
  const writer = child.stdin.getWriter();
  await writer.write(new TextEncoder().encode(text)).catch(() => {});
  await writer.close().catch(() => {});
}

export interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs to the end. */
export function runCodaze(
  args: readonly string[],
  options: StartOptions = {},
): Promise<Ended> {
  return startCodaze(args, options).ended;
}

/** A program that hangs fails its test, and not the whole run. */
const DEADLINE_MS = 30_000;

export class Codaze implements AsyncDisposable {
  readonly ended: Promise<Ended>;
  readonly #child: Deno.ChildProcess;
  readonly #waiters = new Set<() => void>();
  #stdout = "";
  #stderr = "";
  #over = false;

  constructor(child: Deno.ChildProcess) {
    this.#child = child;
    this.ended = this.#follow();
  }

  kill(signal: Deno.Signal): void {
    this.#child.kill(signal);
  }

  /** The first match in what was printed so far or will be. */
  async printed(pattern: RegExp): Promise<string> {
    while (true) {
      const found = pattern.exec(`${this.#stdout}\n${this.#stderr}`);
      if (found) return found[1] ?? found[0];
      if (this.#over) throw new Error(`never printed: ${this.#stderr}`);
      await new Promise<void>((resolve) => this.#waiters.add(resolve));
      this.#waiters.clear();
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.#over) this.#child.kill("SIGKILL");
    await this.ended;
  }

  async #follow(): Promise<Ended> {
    const deadline = setTimeout(() => this.kill("SIGKILL"), DEADLINE_MS);
    const [status] = await Promise.all([
      this.#child.status,
      this.#read(this.#child.stdout, (text) => this.#stdout += text),
      this.#read(this.#child.stderr, (text) => this.#stderr += text),
    ]);
    clearTimeout(deadline);
    this.#over = true;
    this.#wake();
    assertNoToken(this.#stdout, "standard output");
    assertNoToken(this.#stderr, "standard error");
    return { code: status.code, stdout: this.#stdout, stderr: this.#stderr };
  }

  async #read(
    stream: ReadableStream<Uint8Array>,
    add: (text: string) => void,
  ): Promise<void> {
    const decoder = new TextDecoder();
    for await (const chunk of stream) {
      add(decoder.decode(chunk, { stream: true }));
      this.#wake();
    }
  }

  #wake(): void {
    for (const resolve of [...this.#waiters]) resolve();
  }
}
