/**
 * The caller of the scripts: sends turns over server-sent events and websockets
 * as the official client does, and requests that other programs send.
 */
import { type IncomingMessage, request as send } from "node:http";
import { type JsonObject, parseObject } from "../../protocol/json.ts";
import { type Answer, answerOf, lastType, SAID } from "./answer.ts";

const HEADERS: Readonly<Record<string, string>> = {
  "content-type": "application/json",
  "accept": "text/event-stream",
  "originator": "codex_exec",
  "user-agent": "codex_exec/0.171.0 (Linux; x86_64) unknown",
  "version": "0.171.0",
  "accept-encoding": "zstd,gzip",
};

const TURN: JsonObject = {
  model: "gpt-6.2-sol",
  input: [{
    type: "message",
    role: "user",
    content: [{ type: "input_text", text: `say: ${SAID}` }],
  }],
  store: false,
};

const TERMINAL: ReadonlySet<string> = new Set([
  "response.completed",
  "response.failed",
  "response.incomplete",
  "error",
]);

export class Caller {
  readonly #origin: string;
  readonly #signal: AbortSignal;

  /** `signal` aborts everything. */
  constructor(origin: string, signal: AbortSignal) {
    this.#origin = origin;
    this.#signal = signal;
  }

  /** A streamed turn, read to its end. */
  turn(): Promise<Answer> {
    return this.post("/v1/responses", { ...TURN, stream: true });
  }

  async post(path: string, body: JsonObject): Promise<Answer> {
    const response = await fetch(`${this.#origin}${path}`, {
      method: "POST",
      headers: HEADERS,
      body: JSON.stringify(body),
      signal: this.#signal,
    });
    return answerOf(response.status, await response.text());
  }

  async get(
    path: string,
    headers: Readonly<Record<string, string>> = {},
  ): Promise<Answer> {
    const response = await fetch(`${this.#origin}${path}`, {
      headers,
      signal: this.#signal,
    });
    return answerOf(response.status, await response.text());
  }

  /** `count` turns, one after the other, on one websocket. */
  async socketTurns(count: number): Promise<readonly Answer[]> {
    const url = `${this.#origin.replace(/^http/, "ws")}/v1/responses`;
    const socket = new WebSocket(url, { headers: HEADERS });
    const answers: Answer[] = [];
    try {
      await opened(socket, this.#signal);
      while (answers.length < count) {
        const events = answered(socket, this.#signal);
        socket.send(JSON.stringify({ type: "response.create", ...TURN }));
        answers.push({ status: 200, events: await events, body: {} });
      }
    } finally {
      socket.close();
    }
    return answers;
  }

  /** The status of a request with headers that `fetch` does not allow. */
  status(
    path: string,
    headers: Readonly<Record<string, string>>,
  ): Promise<number> {
    const { promise, resolve, reject } = Promise.withResolvers<number>();
    const request = send(`${this.#origin}${path}`, {
      headers: { ...HEADERS, ...headers },
      signal: this.#signal,
      agent: false,
    });
    const end = ({ statusCode = 0 }: IncomingMessage) => {
      resolve(statusCode);
      request.destroy();
    };
    request.on("response", end).on("upgrade", end).on("error", reject).end();
    return promise;
  }
}

/** The headers of a websocket handshake (RFC 6455, section 4.1). */
export const UPGRADE: Readonly<Record<string, string>> = {
  "connection": "Upgrade",
  "upgrade": "websocket",
  "sec-websocket-version": "13",
  "sec-websocket-key": "dGhlIHNhbXBsZSBub25jZQ==",
};

function opened(socket: WebSocket, signal: AbortSignal): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  socket.addEventListener("open", () => resolve());
  socket.addEventListener("error", () => reject(new Error("no websocket")));
  signal.addEventListener("abort", () => reject(signal.reason));
  return promise;
}

/** The events of one turn, or those before the connection ended. */
function answered(
  socket: WebSocket,
  signal: AbortSignal,
): Promise<readonly JsonObject[]> {
  const events: JsonObject[] = [];
  const { promise, resolve } = Promise.withResolvers<readonly JsonObject[]>();
  const over = new AbortController();
  const end = () => {
    over.abort();
    resolve(events);
  };
  const options = { signal: over.signal };
  socket.addEventListener("message", ({ data }) => {
    events.push(parseObject(String(data)) ?? {});
    if (TERMINAL.has(lastType(events))) end();
  }, options);
  socket.addEventListener("close", end, options);
  signal.addEventListener("abort", end, options);
  return promise;
}
