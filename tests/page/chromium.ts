/**
 * A Chromium without a window, driven over the DevTools protocol. No library
 * stands between.
 */

/** Names under which systems have it. */
const NAMES = ["chromium", "chromium-browser", "google-chrome", "chrome"];

/** Its path; undefined where there is none. */
export async function findChromium(): Promise<string | undefined> {
  const given = Deno.env.get("CODAZE_CHROMIUM");
  if (given !== undefined) return given;
  for (const folder of (Deno.env.get("PATH") ?? "").split(":")) {
    for (const name of NAMES) {
      const path = `${folder}/${name}`;
      const { isFile = false } = await Deno.stat(path).catch(() => ({
        isFile: false,
      }));
      if (isFile) return path;
    }
  }
  return undefined;
}

/** An answer or an event of the protocol. */
export interface Message {
  readonly id?: number;
  readonly method?: string;
  readonly sessionId?: string;
  // deno-lint-ignore no-explicit-any
  readonly params?: any;
  // deno-lint-ignore no-explicit-any
  readonly result?: any;
  readonly error?: { readonly message: string };
}

type Listener = (message: Message) => void;

export class Chromium implements AsyncDisposable {
  readonly #process: Deno.ChildProcess;
  readonly #socket: WebSocket;
  readonly #profile: string;
  readonly #waiting = new Map<number, PromiseWithResolvers<Message>>();
  readonly #listeners = new Set<Listener>();
  readonly #ended: Promise<void>;
  #calls = 0;

  private constructor(
    parts: {
      readonly process: Deno.ChildProcess;
      readonly socket: WebSocket;
      readonly profile: string;
      readonly ended: Promise<void>;
    },
  ) {
    this.#process = parts.process;
    this.#socket = parts.socket;
    this.#profile = parts.profile;
    this.#ended = parts.ended;
    this.#socket.onmessage = ({ data }) => this.#heard(JSON.parse(data));
  }

  /** `flags` besides the usual ones. */
  static async start(flags: readonly string[] = []): Promise<Chromium> {
    const path = await findChromium();
    if (path === undefined) throw new Error("there is no Chromium here");
    const profile = await Deno.makeTempDir({ prefix: "codaze-chromium-" });
    const process = new Deno.Command(path, {
      args: [
        "--headless=new",
        "--remote-debugging-port=0",
        "--no-sandbox",
        "--no-first-run",
        "--disable-extensions",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-dev-shm-usage",
        "--hide-scrollbars",
        "--force-color-profile=srgb",
        `--user-data-dir=${profile}`,
        ...flags,
        "about:blank",
      ],
      stdin: "null",
      stdout: "null",
      stderr: "piped",
    }).spawn();
    const address = Promise.withResolvers<string>();
    const ended = readLines(process.stderr, (line) => {
      const [, url] = /DevTools listening on (ws:\S+)/.exec(line) ?? [];
      if (url !== undefined) address.resolve(url);
    }).then(() => address.reject(new Error("Chromium did not start")));
    address.promise.catch(() => {});
    const socket = new WebSocket(await address.promise);
    const open = Promise.withResolvers<void>();
    socket.onopen = () => open.resolve();
    await open.promise;
    return new Chromium({ process, socket, profile, ended });
  }

  /** Fails with the protocol's own message. */
  async call(
    method: string,
    params: Readonly<Record<string, unknown>> = {},
    sessionId?: string,
    // deno-lint-ignore no-explicit-any
  ): Promise<any> {
    const id = ++this.#calls;
    const answer = Promise.withResolvers<Message>();
    this.#waiting.set(id, answer);
    this.#socket.send(JSON.stringify({ id, method, params, sessionId }));
    const { result, error } = await answer.promise;
    if (error) throw new Error(`${method}: ${error.message}`);
    return result;
  }

  /** Returns what ends it. */
  listen(listener: Listener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #heard(message: Message): void {
    if (message.id === undefined) {
      for (const listener of this.#listeners) listener(message);
      return;
    }
    this.#waiting.get(message.id)?.resolve(message);
    this.#waiting.delete(message.id);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = Promise.withResolvers<void>();
    this.#socket.onclose = () => closed.resolve();
    await this.call("Browser.close").catch(() => {});
    await closed.promise;
    await this.#process.status;
    await this.#ended;
    // Its helpers may still write for a moment.
    for (let tries = 0; tries < 20; tries++) {
      try {
        return await Deno.remove(this.#profile, { recursive: true });
      } catch {
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
    }
  }
}

async function readLines(
  stream: ReadableStream<Uint8Array<ArrayBuffer>>,
  onLine: (line: string) => void,
): Promise<void> {
  let rest = "";
  for await (const text of stream.pipeThrough(new TextDecoderStream())) {
    const lines = (rest + text).split("\n");
    rest = lines.pop() ?? "";
    lines.forEach(onLine);
  }
}
