/**
 * The gateway as a process of its own, with the permissions of the `start`
 * task: its log, its memory, its open files, its end.
 */
import { CANARY } from "../../lib/simulator/accounts/canary.ts";
import { parseObject, stringField } from "../../lib/protocol/json.ts";
import { DENO_DIR } from "../support/deno_dir.ts";
import { cleanEnvironment, flagsOf, variablesOf } from "../support/codaze.ts";
import { type ClockSettings, pause, within } from "./clock.ts";
import type { Finding } from "./findings.ts";
import { PROMPT_MARK } from "./turn.ts";

const ROOT = new URL("../../", import.meta.url);
const FAST = new URL("fast_program.ts", import.meta.url).pathname;
const KEPT_LINES = 60;
const START_MS = 20_000;

export interface ProgramOptions {
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** With a scale of 1 it is `main.ts` itself. */
  readonly clock: ClockSettings;
  readonly found: (finding: Finding) => void;
}

export class Program implements AsyncDisposable {
  readonly publicPort: number;
  readonly adminOrigin: string;
  readonly #parts: Parts;

  private constructor(parts: Parts, publicPort: number, adminOrigin: string) {
    this.#parts = parts;
    this.publicPort = publicPort;
    this.adminOrigin = adminOrigin;
  }

  /** Undefined where it does not come up. */
  static async start(options: ProgramOptions): Promise<Program | undefined> {
    const parts = new Parts(options);
    const ports = await within(
      START_MS,
      Promise.all([parts.field("public port"), parts.field("admin port")]),
      undefined,
    );
    const [publicUrl, adminUrl] = ports ?? [];
    if (publicUrl && adminUrl) {
      const port = Number(new URL(publicUrl).port);
      return new Program(parts, port, new URL(adminUrl).origin);
    }
    options.found({ kind: "gateway", text: `no start: ${parts.tail()}` });
    parts.kill("SIGKILL");
    return undefined;
  }

  /** Undefined while it runs. */
  get ended(): number | undefined {
    return this.#parts.code;
  }

  get tail(): string {
    return this.#parts.tail();
  }

  /** Resident bytes. */
  memory(): number {
    const [, kilobytes] = /^VmRSS:\s+(\d+) kB/m.exec(this.#proc("status")) ??
      [];
    return 1024 * Number(kilobytes);
  }

  descriptors(): number {
    try {
      return [...Deno.readDirSync(`/proc/${this.#parts.pid}/fd`)].length;
    } catch {
      return 0;
    }
  }

  /** Undefined where it does not answer in time. */
  async ask(
    path: string,
    init: RequestInit = {},
    ms = 10_000,
  ): Promise<Readonly<Record<string, unknown>> | undefined> {
    try {
      const signal = AbortSignal.timeout(ms);
      const url = `${this.adminOrigin}${path}`;
      const text = await (await fetch(url, { ...init, signal })).text();
      this.#parts.search(text, path);
      return parseObject(text);
    } catch {
      return undefined;
    }
  }

  /** Milliseconds until it ended by itself; undefined where it had to be cut. */
  async stop(ms: number): Promise<number | undefined> {
    const started = Date.now();
    this.#parts.kill("SIGTERM");
    const code = await within(ms, this.#parts.over, undefined);
    if (code === 0) return Date.now() - started;
    this.#parts.kill("SIGKILL");
    await this.#parts.over;
    return undefined;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#parts.kill("SIGKILL");
    await this.#parts.over;
  }

  #proc(file: string): string {
    try {
      return Deno.readTextFileSync(`/proc/${this.#parts.pid}/${file}`);
    } catch {
      return "";
    }
  }
}

/** The process and its log. */
class Parts {
  readonly pid: number;
  readonly over: Promise<number>;
  code: number | undefined;
  readonly #child: Deno.ChildProcess;
  readonly #found: (finding: Finding) => void;
  readonly #lines: string[] = [];
  readonly #urls = new Map<string, string>();

  constructor({ args, env, clock, found }: ProgramOptions) {
    this.#found = found;
    const main = clock.scale === 1
      ? ["main.ts"]
      : ["--config=deno.json", FAST, JSON.stringify(clock)];
    this.#child = new Deno.Command("deno", {
      args: ["run", ...flagsOf("start"), ...main, ...args],
      cwd: ROOT,
      clearEnv: true,
      env: {
        ...cleanEnvironment(),
        ...variablesOf("start"),
        DENO_DIR,
        ...env,
      },
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    this.pid = this.#child.pid;
    this.over = this.#follow();
  }

  tail(): string {
    return this.#lines.slice(-12).join("\n");
  }

  /** The URL that a line of the log tells. */
  async field(message: string): Promise<string | undefined> {
    while (this.code === undefined) {
      const url = this.#urls.get(message);
      if (url !== undefined) return url;
      await pause(20);
    }
    return undefined;
  }

  kill(signal: Deno.Signal): void {
    if (this.code === undefined) this.#child.kill(signal);
  }

  search(text: string, where: string): void {
    const leak = CANARY.exec(text) ?? new RegExp(PROMPT_MARK).exec(text);
    if (!leak) return;
    const before = text.slice(Math.max(0, leak.index - 100), leak.index);
    const what = CANARY.test(text) ? "a token" : "a prompt";
    this.#found({ kind: "leak", text: `${what} in ${where}: ${before}…` });
  }

  async #follow(): Promise<number> {
    const [{ code }] = await Promise.all([
      this.#child.status,
      this.#read(this.#child.stdout, "standard output"),
      this.#read(this.#child.stderr, "the log"),
    ]);
    this.code = code;
    return code;
  }

  async #read(
    stream: ReadableStream<Uint8Array<ArrayBuffer>>,
    where: string,
  ): Promise<void> {
    let rest = "";
    for await (const text of stream.pipeThrough(new TextDecoderStream())) {
      const lines = (rest + text).split("\n");
      rest = lines.pop() ?? "";
      for (const line of lines) this.#line(line, where);
    }
    if (rest !== "") this.#line(rest, where);
  }

  #line(line: string, where: string): void {
    this.search(line, where);
    this.#lines.push(line);
    if (this.#lines.length > KEPT_LINES) this.#lines.shift();
    const object = parseObject(line);
    const message = object && stringField(object, "message");
    const url = object && stringField(object, "url");
    if (message !== undefined && url !== undefined) {
      this.#urls.set(message, url);
    }
    const isMistake = object === undefined
      ? /error/i.test(line)
      : stringField(object, "level") === "error";
    if (isMistake) {
      this.#found({
        kind: "gateway",
        text: `in ${where}: ${line.slice(0, 600)}`,
      });
    }
  }
}
