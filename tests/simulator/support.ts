/**
 * A caller for the simulator's tests: plain HTTP, raw where bytes matter.
 */

import type { SimulatedAccount } from "../../lib/simulator/accounts/account.ts";
import type { RecordedRequest } from "../../lib/simulator/http/recorder.ts";
import {
  type Simulator,
  startSimulator,
} from "../../lib/simulator/simulator.ts";
import { close, writeAll } from "../support/connection.ts";

export type Json = Readonly<Record<string, unknown>>;

/** A turn as the official client sends it, reduced to what is looked at. */
export function turnBody(prompt: string, more: Json = {}): Json {
  return {
    model: "gpt-6.2-sol",
    stream: true,
    input: [userMessage(prompt)],
    store: false,
    ...more,
  };
}

export function userMessage(text: string): Json {
  const content = [{ type: "input_text", text }];
  return { type: "message", role: "user", content };
}

/** A simulator with one account, which most tests need no more than. */
export async function startWithAccount(): Promise<{
  readonly simulator: Simulator;
  readonly account: SimulatedAccount;
  [Symbol.asyncDispose](): Promise<void>;
}> {
  const simulator = await startSimulator();
  const account = simulator.addAccount({ name: "alpha" });
  return {
    simulator,
    account,
    [Symbol.asyncDispose]: () => simulator.close(),
  };
}

export function authorization(
  account: SimulatedAccount,
): Readonly<Record<string, string>> {
  return { authorization: `Bearer ${account.issueAccessToken()}` };
}

export interface Sent {
  readonly account: SimulatedAccount;
  readonly body: Json;
  readonly headers?: Readonly<Record<string, string>>;
  readonly path?: string;
}

/** POSTs to the Codex backend; `path` is `/responses` unless given. */
export function post(
  simulator: Simulator,
  { account, body, headers = {}, path = "/responses" }: Sent,
): Promise<Response> {
  return fetch(`${simulator.upstream}${path}`, {
    method: "POST",
    headers: { ...authorization(account), ...headers },
    body: JSON.stringify(body),
  });
}

/** The events of one turn that ends well. */
export async function turn(
  simulator: Simulator,
  sent: Sent,
): Promise<readonly Json[]> {
  const response = await post(simulator, sent);
  return eventsIn(await response.text());
}

/** The JSON of every complete event block. */
export function eventsIn(text: string): readonly Json[] {
  return text.split("\n\n").slice(0, -1).map((block) => {
    const [, data = ""] = block.split("\ndata: ");
    return JSON.parse(data);
  });
}

/** A value without its leaves: keys in order, types of the rest. */
export function shape(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(shape);
  if (typeof value !== "object" || value === null) return typeof value;
  return Object.entries(value).map(([key, item]) => [key, shape(item)]);
}

export function refresh(
  simulator: Simulator,
  refreshToken: string,
  more: Json = {},
): Promise<Response> {
  return fetch(`${simulator.issuer}/oauth/token`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({
      client_id: "app_EMoamEEZ73f0CkXaXp7hrann",
      grant_type: "refresh_token",
      refresh_reason: "proactive_expiry",
      refresh_token: refreshToken,
      ...more,
    }),
  });
}

export function onlyRequest(simulator: Simulator): RecordedRequest {
  const [request] = simulator.requests;
  if (request === undefined || simulator.requests.length > 1) {
    throw new Error(`expected one request, not ${simulator.requests.length}`);
  }
  return request;
}

/** A connection on which bytes are written and read as they are. */
export class RawConnection implements Disposable {
  readonly #connection: Deno.TcpConn;

  private constructor(connection: Deno.TcpConn) {
    this.#connection = connection;
  }

  static async to(simulator: Simulator): Promise<RawConnection> {
    const { port } = new URL(simulator.origin);
    return new RawConnection(
      await Deno.connect({ hostname: "127.0.0.1", port: Number(port) }),
    );
  }

  write(text: string): Promise<void> {
    return writeAll(this.#connection, new TextEncoder().encode(text));
  }

  /** What one read gives; "" at the end. Rejects when the peer has reset. */
  async read(): Promise<string> {
    const buffer = new Uint8Array(64 * 1024);
    const count = await this.#connection.read(buffer) ?? 0;
    return new TextDecoder().decode(buffer.subarray(0, count));
  }

  /** Everything until the peer closes. */
  async readToEnd(): Promise<string> {
    let text = "";
    for (let part = await this.read(); part !== ""; part = await this.read()) {
      text += part;
    }
    return text;
  }

  close(): void {
    close(this.#connection);
  }

  [Symbol.dispose](): void {
    this.close();
  }
}

/** The text of a turn's request, head and body. */
export function rawTurn(account: SimulatedAccount, body: Json): string {
  const text = JSON.stringify(body);
  return [
    "POST /backend-api/codex/responses HTTP/1.1",
    "host: 127.0.0.1",
    `authorization: Bearer ${account.issueAccessToken()}`,
    `content-length: ${text.length}`,
    "",
    text,
  ].join("\r\n");
}
