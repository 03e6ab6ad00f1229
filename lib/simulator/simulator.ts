/**
 * A fake of chatgpt.com/backend-api/codex and auth.openai.com on one loopback
 * port, plain HTTP/1.1.
 *
 * Answers as recorded in tests/fixtures/captures; a comment marks what was
 * never recorded.
 */

import type { HeaderLine } from "../protocol/headers.ts";
import type { JsonObject } from "../protocol/json.ts";
import {
  type AccountOptions,
  newAccount,
  type SimulatedAccount,
} from "./accounts/account.ts";
import { Backend } from "./accounts/backend.ts";
import type { SimulatedConnection } from "./frames/connection_record.ts";
import type { Coding } from "../protocol/content_coding.ts";
import { type AnswerOptions, USUAL_ANSWERS } from "./model/answer_options.ts";
import { CATALOGUE } from "./model/catalogue.ts";
import { negotiated } from "./http/encoding.ts";
import { Exchange } from "./http/exchange.ts";
import { listen, type Listener } from "./listener.ts";
import { type RecordedRequest, Recorder, Recording } from "./http/recorder.ts";
import { answerRequest } from "./routes.ts";
import type { SignIn } from "./accounts/sign_in.ts";
import { Sockets } from "./frames/sockets.ts";

export interface SimulatorOptions {
  /** Default: any free port. */
  readonly port?: number;
  /** Entries of the models list. */
  readonly models?: readonly JsonObject[];
  /** Milliseconds since the epoch; decides when tokens and codes expire. */
  readonly now?: () => number;
  /** False: `requests` stays empty, for long runs. */
  readonly record?: boolean;
  /** Whether upgrades are accepted, or refused with 426. Default: false. */
  readonly websockets?: boolean;
  /** Whether permessage-deflate is accepted. Default: false. */
  readonly deflate?: boolean;
  /**
   * Codings of answers, the preferred one first, for callers that accept them.
   * Default: none.
   */
  readonly contentCodings?: readonly Coding[];
  /** How answers look, where it is not as usual. */
  readonly answers?: Partial<AnswerOptions>;
  /** Age at which a websocket takes no more requests. Default: an hour. */
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
  backend.answers = { ...USUAL_ANSWERS, ...options.answers };
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

  /** Websockets in the order of their handshakes, including closed ones. */
  get connections(): readonly SimulatedConnection[] {
    return this.#backend.sockets.connections;
  }

  /** Whether upgrades are accepted, or refused with 426. */
  get websockets(): boolean {
    return this.#backend.sockets.accepted;
  }

  set websockets(accepted: boolean) {
    this.#backend.sockets.accepted = accepted;
  }

  /** Codings of answers from now on, for callers that accept them. */
  set contentCodings(codings: readonly Coding[]) {
    this.#backend.contentCodings = codings;
  }

  /** How answers look from now on; what is not given is as usual. */
  set answers(options: Partial<AnswerOptions>) {
    this.#backend.answers = { ...USUAL_ANSWERS, ...options };
  }

  /** The person who signs in, and the faults of signing in. */
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

  /**
   * Resets all windows of all accounts off schedule; with `keepAnchor` they end
   * when they would have ended.
   */
  resetAll({ keepAnchor = false } = {}): void {
    for (const { quota } of this.accounts) quota?.reset({ keepAnchor });
  }

  clearFaults(): void {
    for (const account of this.accounts) account.clearFaults();
    this.signIn.clearFaults();
  }

  /**
   * Resolves when `holds` is true, which is checked after every change of any
   * request or websocket. Rejects after `timeoutMs`.
   */
  waitFor(
    holds: (requests: readonly RecordedRequest[]) => boolean,
    timeoutMs = 10_000,
  ): Promise<void> {
    return this.#recorder.waitFor(() => holds(this.requests), timeoutMs);
  }

  /** Cuts all open connections and stops listening. */
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
