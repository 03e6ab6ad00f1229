/**
 * An honest fake of chatgpt.com/backend-api/codex and auth.openai.com, on one
 * loopback port, plain HTTP/1.1.
 *
 * Answers as the captures of the official client's traffic show; what was
 * never captured is marked where it is built.
 */

import { createServer, type Server } from "node:http";
import type { Socket } from "node:net";
import type { HeaderLine } from "../protocol/headers.ts";
import type { JsonObject } from "../protocol/json.ts";
import { SimulatedAccount } from "./account.ts";
import { Backend } from "./backend.ts";
import { Exchange } from "./exchange.ts";
import { CATALOGUE } from "./models.ts";
import { type RecordedRequest, Recorder, Recording } from "./recorder.ts";
import { answerRequest } from "./routes.ts";

export interface SimulatorOptions {
  /** Default: any free one. */
  readonly port?: number;
  /** Entries of the models list. */
  readonly models?: readonly JsonObject[];
  /** Milliseconds since the epoch; tokens are judged by it. */
  readonly now?: () => number;
  /** False: `requests` stays empty, for long runs. */
  readonly record?: boolean;
}

export interface AccountOptions {
  readonly name: string;
  readonly plan?: string;
  readonly email?: string;
  readonly accountId?: string;
  readonly userId?: string;
  readonly fedramp?: boolean;
  readonly tokenLifetimeMs?: number;
}

const HOUR_MS = 3_600_000;

/** Listens on 127.0.0.1. Rejects when the port is taken. */
export async function startSimulator(
  options: SimulatorOptions = {},
): Promise<Simulator> {
  const { port = 0, models = CATALOGUE, now = Date.now, record = true } =
    options;
  const backend = new Backend({ now, models });
  const recorder = new Recorder({ keep: record });
  const server = createServer((request, response) => {
    const recording = new Recording({
      method: request.method ?? "",
      target: request.url ?? "",
      headers: headerLines(request.rawHeaders),
      at: now(),
    });
    const exchange = new Exchange({ request, response, recording, recorder });
    recorder.add(recording);
    void serve(backend, exchange);
  });
  await listen(server, port);
  return new Simulator({ server, backend, recorder });
}

export class Simulator implements AsyncDisposable {
  /** `http://127.0.0.1:PORT`. */
  readonly origin: string;
  /** Base URL of the Codex backend. */
  readonly upstream: string;
  /** The auth server; its token endpoint is `/oauth/token`. */
  readonly issuer: string;
  readonly #server: Server;
  readonly #backend: Backend;
  readonly #recorder: Recorder;

  constructor(
    { server, backend, recorder }: {
      readonly server: Server;
      readonly backend: Backend;
      readonly recorder: Recorder;
    },
  ) {
    this.#server = server;
    this.#backend = backend;
    this.#recorder = recorder;
    this.origin = originOf(server);
    this.upstream = `${this.origin}/backend-api/codex`;
    this.issuer = this.origin;
  }

  get accounts(): readonly SimulatedAccount[] {
    return this.#backend.accounts;
  }

  /** In arrival order. */
  get requests(): readonly RecordedRequest[] {
    return this.#recorder.requests;
  }

  /** What callers did that an honest caller never does. */
  get violations(): readonly string[] {
    return this.#backend.violations;
  }

  addAccount(options: AccountOptions): SimulatedAccount {
    const { name, tokenLifetimeMs = HOUR_MS } = options;
    const account = new SimulatedAccount({
      name,
      tokenLifetimeMs,
      now: this.#backend.now,
      identity: {
        accountId: options.accountId ?? `acct-${name}`,
        userId: options.userId ?? `user-${name}`,
        email: options.email ?? `${name}@example.test`,
        plan: options.plan ?? "plus",
        fedramp: options.fedramp ?? false,
      },
    });
    this.#backend.accounts.push(account);
    return account;
  }

  /** Serves other models from now on, under another ETag. */
  setModels(models: readonly JsonObject[], etag: string): void {
    this.#backend.models = models;
    this.#backend.modelsEtag = etag;
  }

  clearFaults(): void {
    for (const account of this.accounts) account.clearFaults();
  }

  /**
   * Resolves once `holds` does; asked after every event of any request.
   * Rejects after `timeoutMs`.
   */
  waitFor(
    holds: (requests: readonly RecordedRequest[]) => boolean,
    timeoutMs = 10_000,
  ): Promise<void> {
    return this.#recorder.waitFor(() => holds(this.requests), timeoutMs);
  }

  /** Cuts what is open and stops listening. */
  async close(): Promise<void> {
    if (!this.#server.listening) return;
    await new Promise<void>((resolve) => {
      this.#server.close(() => resolve());
      this.#server.closeAllConnections();
    });
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}

async function serve(backend: Backend, exchange: Exchange): Promise<void> {
  if (await exchange.readBody()) await answerRequest(backend, exchange);
}

/** Timeouts off: what a connection does is up to faults and callers. */
async function listen(server: Server, port: number): Promise<void> {
  server.keepAliveTimeout = 0;
  server.headersTimeout = 0;
  server.requestTimeout = 0;
  server.on("connection", (socket: Socket) => socket.setNoDelay(true));
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, "127.0.0.1", () => resolve());
  });
}

function originOf(server: Server): string {
  const address = server.address();
  const port = typeof address === "object" ? address?.port : undefined;
  return `http://127.0.0.1:${port}`;
}

function headerLines(raw: readonly string[]): readonly HeaderLine[] {
  return raw.flatMap((name, index): HeaderLine[] =>
    index % 2 === 0 ? [[name, raw[index + 1] ?? ""]] : []
  );
}
