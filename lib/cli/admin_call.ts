/**
 * One request to an admin port of this machine.
 *
 * Not with `fetch`: that sends even loopback through a proxy of the
 * environment, and this one carries refresh tokens.
 */
import { type IncomingMessage, request as send } from "node:http";
import { connect } from "node:net";
import type { Listen } from "../config.ts";
import { type JsonObject, parseObject } from "../protocol/json.ts";
import { err, ok, type Result } from "../result.ts";
import type { Runtime } from "../runtime.ts";

export interface AdminCall {
  /** `METHOD /path` */
  readonly line: string;
  readonly body?: JsonObject;
  readonly timeoutMs: number;
}

export interface AdminAnswer {
  readonly status: number;
  /** Undefined if it is no JSON object. */
  readonly body: JsonObject | undefined;
}

/** `nobody`: no one listens. `silent`: no answer in time. Else no HTTP. */
export type AdminTrouble = "nobody" | "silent" | "broken";

/** Thousands of accounts have room in it. */
const MAX_ANSWER_BYTES = 16 * 1024 * 1024;

export function callAdmin(
  { hostname, port }: Listen,
  { line, body, timeoutMs }: AdminCall,
  after: Runtime["after"],
): Promise<Result<AdminAnswer, AdminTrouble>> {
  const [method = "", path = ""] = line.split(" ");
  const bytes = body === undefined
    ? new Uint8Array()
    : new TextEncoder().encode(JSON.stringify(body));
  const { promise, resolve } = Promise.withResolvers<
    Result<AdminAnswer, AdminTrouble>
  >();
  const outgoing = send({
    hostname,
    port,
    method,
    path,
    headers: {
      "host": addressOf({ hostname, port }),
      "content-type": "application/json",
      "content-length": bytes.byteLength,
    },
    // Without an agent: those go through a proxy if NODE_USE_ENV_PROXY is set.
    createConnection: () => connect(port, hostname),
  });
  const end = (result: Result<AdminAnswer, AdminTrouble>) => {
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

/** `host:port` as a person writes it. */
export function addressOf({ hostname, port }: Listen): string {
  return hostname.includes(":")
    ? `[${hostname}]:${port}`
    : `${hostname}:${port}`;
}

async function readAnswer(
  response: IncomingMessage,
): Promise<Result<AdminAnswer, AdminTrouble>> {
  const decoder = new TextDecoder();
  let text = "";
  for await (const chunk of response) {
    text += decoder.decode(chunk, { stream: true });
    if (text.length > MAX_ANSWER_BYTES) return err("broken");
  }
  return ok({ status: response.statusCode ?? 0, body: parseObject(text) });
}

/** An address that this machine does not have is nobody's, too. */
const NOBODY: ReadonlySet<unknown> = new Set([
  "ECONNREFUSED",
  "EADDRNOTAVAIL",
  "ENETUNREACH",
]);

function troubleOf(error: Error): AdminTrouble {
  const code = "code" in error ? error.code : undefined;
  return NOBODY.has(code) ? "nobody" : "broken";
}
