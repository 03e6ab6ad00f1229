/**
 * One request to a port of a gateway on this machine, whose answer is read as a
 * whole.
 *
 * Does not use `fetch`, which sends even loopback requests through a proxy of
 * the environment: these carry refresh tokens, and turns.
 */
import { type IncomingMessage, request as send } from "node:http";
import { connect } from "node:net";
import type { Listen } from "../../config/values.ts";
import type { JsonObject } from "../../protocol/json.ts";
import { addressOf } from "../../protocol/url.ts";
import { err, ok, type Result } from "../../result.ts";
import type { Runtime } from "../../runtime.ts";

export interface LocalCall {
  /** `METHOD /path` */
  readonly line: string;
  /** Besides those that every request has. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: JsonObject;
  /** Until the end of the answer. */
  readonly timeoutMs: number;
}

export interface LocalAnswer {
  readonly status: number;
  readonly text: string;
}

/**
 * `nobody`: nothing listens there. `silent`: no answer in time. `broken`: the
 * connection failed, or the answer is not HTTP or too long.
 */
export type LocalTrouble = "nobody" | "silent" | "broken";

/** Enough for thousands of accounts. */
const MAX_ANSWER_BYTES = 16 * 1024 * 1024;

export function callLocal(
  { hostname, port }: Listen,
  { line, headers = {}, body, timeoutMs }: LocalCall,
  after: Runtime["after"],
): Promise<Result<LocalAnswer, LocalTrouble>> {
  const [method = "", path = ""] = line.split(" ");
  const bytes = body === undefined
    ? new Uint8Array()
    : new TextEncoder().encode(JSON.stringify(body));
  const { promise, resolve } = Promise.withResolvers<
    Result<LocalAnswer, LocalTrouble>
  >();
  const outgoing = send({
    hostname,
    port,
    method,
    path,
    headers: {
      ...headers,
      "host": addressOf({ hostname, port }),
      "content-type": "application/json",
      "content-length": bytes.byteLength,
    },
    // Agents use a proxy if NODE_USE_ENV_PROXY is set; this does without one.
    createConnection: () => connect(port, hostname),
  });
  const end = (result: Result<LocalAnswer, LocalTrouble>) => {
    cancel();
    resolve(result);
    outgoing.destroy();
  };
  const cancel = after(timeoutMs, () => end(err("silent")));
  outgoing.on("error", (error) => end(err(troubleOf(error))));
  outgoing.on("response", (response: IncomingMessage) => {
    readAnswer(response).then(end, () => end(err("broken")));
  });
  outgoing.end(bytes);
  return promise;
}

async function readAnswer(
  response: IncomingMessage,
): Promise<Result<LocalAnswer, LocalTrouble>> {
  const decoder = new TextDecoder();
  let text = "";
  for await (const chunk of response) {
    text += decoder.decode(chunk, { stream: true });
    if (text.length > MAX_ANSWER_BYTES) return err("broken");
  }
  return ok({ status: response.statusCode ?? 0, text });
}

/** Includes addresses that this machine does not have. */
const NOBODY: ReadonlySet<unknown> = new Set([
  "ECONNREFUSED",
  "EADDRNOTAVAIL",
  "ENETUNREACH",
]);

function troubleOf(error: Error): LocalTrouble {
  const code = "code" in error ? error.code : undefined;
  return NOBODY.has(code) ? "nobody" : "broken";
}
