/**
 * The real `codex app-server`, spoken to in JSON-RPC over its standard streams:
 * one process for many turns of one session, as an editor's extension runs it.
 *
 * Asks for no approval and runs tools without a sandbox.
 */
import {
  type JsonObject,
  numberField,
  objectField,
  parseObject,
  stringField,
} from "../../../lib/protocol/json.ts";
import type { Codex } from "./codex.ts";

export interface TurnEnd {
  /** `completed`, `failed` or `interrupted`. */
  readonly status: string;
  /** What the model said last. */
  readonly answer: string;
  /** What a person was told to be wrong on the way. */
  readonly complaints: readonly JsonObject[];
  readonly ms: number;
}

/** Of its `config.toml`; all are text. */
type Settings = Readonly<Record<string, string>>;

export class AppServer implements AsyncDisposable {
  readonly #child: Deno.ChildProcess;
  readonly #input: WritableStreamDefaultWriter<Uint8Array>;
  readonly #messages: JsonObject[] = [];
  readonly #reading: Promise<void>;
  readonly #timer: ReturnType<typeof setTimeout>;
  #changed = Promise.withResolvers<void>();
  #isOver = false;
  #ids = 0;
  #threadId = "";

  private constructor(codex: Codex, settings: Settings) {
    const { program, args, cwd, env, timeoutMs } = codex.command([
      "app-server",
      ...Object.entries(settings).flatMap(([key, value]) => [
        "-c",
        `${key}=${JSON.stringify(value)}`,
      ]),
    ]);
    this.#child = new Deno.Command(program, {
      args: [...args],
      cwd,
      env: { PATH: Deno.env.get("PATH") ?? "", ...env },
      clearEnv: true,
      stdin: "piped",
      stdout: "piped",
      stderr: "null",
    }).spawn();
    this.#input = this.#child.stdin.getWriter();
    this.#timer = setTimeout(() => this.#child.kill("SIGKILL"), timeoutMs);
    this.#reading = this.#read();
  }

  /** With a session, and no turn yet. */
  static async start(
    codex: Codex,
    base: string,
    settings: Settings = {},
  ): Promise<AppServer> {
    const server = new AppServer(codex, { openai_base_url: base, ...settings });
    await server.#ask("initialize", {
      clientInfo: { name: "codex_vscode", title: "Tests", version: "1.0.0" },
    });
    await server.#send({ method: "initialized" });
    const started = await server.#ask("thread/start", {
      approvalPolicy: "never",
      sandbox: "danger-full-access",
    });
    server.#threadId = stringField(field(started, "thread"), "id") ?? "";
    return server;
  }

  /** One turn of the session, to its end. */
  async turn(text: string): Promise<TurnEnd> {
    const startedAt = performance.now();
    const from = this.#messages.length;
    await this.#ask("turn/start", {
      threadId: this.#threadId,
      input: [{ type: "text", text }],
    });
    const end = await this.#until(
      ({ method }) => method === "turn/completed",
      from,
    );
    const heard = this.#messages.slice(from);
    const turn = field(field(end, "params"), "turn");
    return {
      status: stringField(turn, "status") ?? "",
      answer: answerIn(heard),
      complaints: heard.filter(({ method }) =>
        method === "error" || method === "warning"
      ),
      ms: Math.round(performance.now() - startedAt),
    };
  }

  /** What it shows of the limits, asked for by a person. */
  rateLimits(): Promise<JsonObject> {
    return this.#ask("account/rateLimits/read", null);
  }

  /** What it has said by itself under this name. */
  told(method: string): readonly JsonObject[] {
    return this.#messages.filter((message) => message["method"] === method)
      .map((message) => field(message, "params"));
  }

  async #ask(method: string, params: unknown): Promise<JsonObject> {
    const id = ++this.#ids;
    const from = this.#messages.length;
    await this.#send({ id, method, params });
    const answer = await this.#until(
      (message) => numberField(message, "id") === id,
      from,
    );
    const result = objectField(answer, "result");
    if (!result) throw new Error(`${method}: ${JSON.stringify(answer)}`);
    return result;
  }

  #send(message: unknown): Promise<void> {
    const line = `${JSON.stringify(message)}\n`;
    return this.#input.write(new TextEncoder().encode(line));
  }

  async #until(
    wanted: (message: JsonObject) => boolean,
    from: number,
  ): Promise<JsonObject> {
    while (true) {
      const found = this.#messages.slice(from).find(wanted);
      if (found) return found;
      if (this.#isOver) throw new Error("the app server has ended");
      await this.#changed.promise;
    }
  }

  async #read(): Promise<void> {
    const decoder = new TextDecoder();
    let rest = "";
    for await (const chunk of this.#child.stdout) {
      const lines = (rest + decoder.decode(chunk, { stream: true })).split(
        "\n",
      );
      rest = lines.pop() ?? "";
      this.#messages.push(...lines.map((line) => parseObject(line) ?? {}));
      this.#wake();
    }
    this.#isOver = true;
    this.#wake();
  }

  #wake(): void {
    this.#changed.resolve();
    this.#changed = Promise.withResolvers();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    // It leaves when its client does.
    await this.#input.close().catch(() => {});
    await this.#child.status;
    clearTimeout(this.#timer);
    await this.#reading;
  }
}

function answerIn(heard: readonly JsonObject[]): string {
  const items = heard.map((message) => field(field(message, "params"), "item"));
  const last = items.findLast(({ type }) => type === "agentMessage");
  return stringField(last ?? {}, "text") ?? "";
}

/** Empty where there is none. */
function field(object: JsonObject, key: string): JsonObject {
  return objectField(object, key) ?? {};
}
