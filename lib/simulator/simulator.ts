/**
 * An honest fake of chatgpt.com/backend-api/codex and auth.openai.com, on one
 * loopback port, plain HTTP/1.1.
 *
 * Answers as the captures of the official client's traffic show; what was
 * never captured is marked where it is built.
 */

import type { HeaderLine } from "../protocol/headers.ts";
import type { JsonObject } from "../protocol/json.ts";
import type { SimulatedAccount } from "./account.ts";
import { type AccountOptions, newAccount } from "./account_options.ts";
import { Backend } from "./backend.ts";
import type { SimulatedConnection } from "./connection_record.ts";
import type { Coding } from "../protocol/content_coding.ts";
import { CATALOGUE } from "./catalogue.ts";
import { negotiated } from "./encoding.ts";
import { Exchange } from "./exchange.ts";
import { listen, type Listener } from "./listener.ts";
import { type RecordedRequest, Recorder, Recording } from "./recorder.ts";
import { answerRequest } from "./routes.ts";
import type { SignIn } from "./sign_in.ts";
import { Sockets } from "./sockets.ts";

export interface SimulatorOptions {
  /** Default: any free one. */
  readonly port?: number;
  /** Entries of the models list. */
  readonly models?: readonly JsonObject[];
  /** Milliseconds since the epoch; tokens are judged by it. */
  readonly now?: () => number;
  /** False: `requests` stays empty, for long runs. */
  readonly record?: boolean;
  /** Whether upgrades are accepted; 426 without. Default: false. */
  readonly websockets?: boolean;
  /** Whether permessage-deflate is accepted. Default: false. */
  readonly deflate?: boolean;
  /**
   * Codings of answers, the best first, for callers that say they can decode
   * them. Default: none.
   */
  readonly contentCodings?: readonly Coding[];
  /** Age by `now` at which a websocket takes no more requests. */
  readonly connectionLimitMs?: number;
  /** Ports that a sign-in's `redirect_uri` may name. Default: 1455, 1457. */
  readonly callbackPorts?: readonly number[];
}

const HOUR_MS = 3_600_000;
const MAX_MESSAGE_BYTES = 64 * 1024 * 1024;

/** Listens on 127.0.0.1. Rejects when the port is taken. */
export async function startSimulator(
  options: SimulatorOptions = {},
): Promise<Simulator> {
  const { port = 0, models = CATALOGUE, now = Date.now, record = true } =
    options;
  const sockets = new Sockets({
    accepted: options.websockets ?? false,
    deflate: options.deflate ?? false,
    connectionLimitMs: options.connectionLimitMs ?? HOUR_MS,
    maxMessageBytes: MAX_MESSAGE_BYTES,
  });
  const backend = new Backend({
    now,
    models,
    sockets,
    callbackPorts: options.callbackPorts,
  });
  backend.contentCodings = options.contentCodings ?? [];
  const recorder = new Recorder({ keep: record });
  const listener = await listen(port, (request, response, rest) => {
    const recording = new Recording({
      method: request.method ?? "",
      target: request.url ?? "",
      headers: headerLines(request.rawHeaders),
      at: now(),
    });
    recorder.add(recording);
    const coding = negotiated(
      recording.header("accept-encoding"),
      backend.contentCodings,
    );
    const parts = { request, response, recording, recorder, rest, coding };
    void serve(backend, new Exchange(parts));
  });
  return new Simulator({ listener, backend, recorder });
}

export class Simulator implements AsyncDisposable {
  /** `http://127.0.0.1:PORT`. */
  readonly origin: string;
  /** Base URL of the Codex backend. */
  readonly upstream: string;
  /** The auth server: `/oauth/authorize`, `/oauth/token`, `/codex/device` … */
  readonly issuer: string;
  readonly #listener: Listener;
  readonly #backend: Backend;
  readonly #recorder: Recorder;

  constructor(
    { listener, backend, recorder }: {
      readonly listener: Listener;
      readonly backend: Backend;
      readonly recorder: Recorder;
    },
  ) {
    this.#listener = listener;
    this.#backend = backend;
    this.#recorder = recorder;
    this.origin = listener.origin;
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

  /** Websockets in the order of their handshakes, the closed ones included. */
  get connections(): readonly SimulatedConnection[] {
    return this.#backend.sockets.connections;
  }

  /** Whether upgrades are accepted from now on; 426 without. */
  get websockets(): boolean {
    return this.#backend.sockets.accepted;
  }

  set websockets(accepted: boolean) {
    this.#backend.sockets.accepted = accepted;
  }

  /** How answers are encoded from now on, for callers that can decode it. */
  set contentCodings(codings: readonly Coding[]) {
    this.#backend.contentCodings = codings;
  }

  /** Who signs in, and what signing in does wrong. */
  get signIn(): SignIn {
    return this.#backend.signIn;
  }

  /** What callers did that an honest caller never does. */
  get violations(): readonly string[] {
    return this.#backend.violations;
  }

  addAccount(options: AccountOptions): SimulatedAccount {
    const account = newAccount(options, this.#backend.now);
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
    this.signIn.clearFaults();
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
  close(): Promise<void> {
    return this.#listener.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}

async function serve(backend: Backend, exchange: Exchange): Promise<void> {
  if (await exchange.readBody()) await answerRequest(backend, exchange);
}

function headerLines(raw: readonly string[]): readonly HeaderLine[] {
  return raw.flatMap((name, index): HeaderLine[] =>
    index % 2 === 0 ? [[name, raw[index + 1] ?? ""]] : []
  );
}
