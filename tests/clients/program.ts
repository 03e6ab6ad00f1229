/**
 * A client's program under way. It is told on its standard input which case to
 * run, one line of JSON each, and answers with a line.
 */
import {
  type JsonObject,
  parseObject,
  stringField,
} from "../../lib/protocol/json.ts";
import { err, ok, type Result } from "../../lib/result.ts";
import type { Program } from "./install.ts";

/** For the start, which imports much, and for one case. */
const LINE_MS = 60_000;

export class RunningClient implements AsyncDisposable {
  readonly #child: Deno.ChildProcess;
  readonly #lines: AsyncIterator<string>;
  readonly #input: WritableStreamDefaultWriter<Uint8Array>;
  readonly #complaints: Promise<string>;
  #ended = false;

  constructor({ command, args, cwd }: Program) {
    this.#child = new Deno.Command(command, {
      args: [...args],
      cwd,
      env: environment(cwd),
      clearEnv: true,
      stdin: "piped",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    this.#lines = linesOf(this.#child.stdout);
    this.#input = this.#child.stdin.getWriter();
    this.#complaints = new Response(this.#child.stderr).text();
  }

  /** Whether the program has ended, or had to be. */
  get ended(): boolean {
    return this.#ended;
  }

  /** The names of its cases. */
  async cases(): Promise<Result<readonly string[], string>> {
    const line = await this.#line("cases");
    if (!line.ok) return line;
    const { cases } = line.value;
    if (!Array.isArray(cases)) return err("it names no cases");
    return ok(cases.filter((name) => typeof name === "string"));
  }

  /** What the client has to tell of a case that went well. */
  async run(name: string, base: string): Promise<Result<unknown, string>> {
    const asked = `${JSON.stringify({ name, base })}\n`;
    try {
      await this.#input.write(new TextEncoder().encode(asked));
    } catch {
      this.#ended = true;
      return err(await this.#lastWords());
    }
    const line = await this.#line("ok");
    if (!line.ok) return line;
    const { ok: passed, saw } = line.value;
    if (passed === true) return ok(saw);
    return err(stringField(line.value, "reason") ?? "it gave no reason");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#kill();
    await this.#child.status;
    await this.#complaints;
    await this.#input.close().catch(() => {});
  }

  /** The next line with that member; libraries print other things too. */
  async #line(member: string): Promise<Result<JsonObject, string>> {
    let late = false;
    const timer = setTimeout(() => {
      late = true;
      this.#kill();
    }, LINE_MS);
    try {
      while (true) {
        const { done, value } = await this.#lines.next();
        this.#ended = late || done === true;
        if (late) return err(`no answer in ${LINE_MS / 1000} s`);
        if (done) return err(await this.#lastWords());
        const line = parseObject(value);
        if (line !== undefined && member in line) return ok(line);
      }
    } finally {
      clearTimeout(timer);
    }
  }

  #kill(): void {
    try {
      this.#child.kill("SIGKILL");
    } catch {
      // It has ended already.
    }
  }

  async #lastWords(): Promise<string> {
    const lines = (await this.#complaints).trim().split("\n");
    const told = lines.findLast((line) => /error/i.test(line)) ?? lines.at(-1);
    return `the program ended: ${told || "without a word"}`;
  }
}

async function* linesOf(
  bytes: ReadableStream<Uint8Array<ArrayBuffer>>,
): AsyncGenerator<string, void> {
  let rest = "";
  for await (const text of bytes.pipeThrough(new TextDecoderStream())) {
    const lines = (rest + text).split("\n");
    rest = lines.pop() ?? "";
    yield* lines;
  }
}

/** Nothing of a person's own settings, proxies and keys. */
export function environment(folder: string): Record<string, string> {
  return {
    PATH: Deno.env.get("PATH") ?? "",
    HOME: folder,
    NO_PROXY: "127.0.0.1",
    NO_COLOR: "1",
    PYTHONDONTWRITEBYTECODE: "1",
    // Nobody is told what the clients do.
    OPENAI_AGENTS_DISABLE_TRACING: "1",
    LITELLM_LOCAL_MODEL_COST_MAP: "True",
    LANGSMITH_TRACING: "false",
  };
}
