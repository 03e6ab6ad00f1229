/**
 * Server-sent events of a port of a gateway on this machine, as they come.
 *
 * Does not use `fetch`, for the reason of `local_call.ts`.
 */
import { type IncomingMessage, request as send } from "node:http";
import { connect } from "node:net";
import type { Listen } from "../../config/values.ts";
import { type SseEvent, SseScanner } from "../../protocol/sse.ts";
import { addressOf } from "../../protocol/url.ts";
import type { Runtime } from "../../runtime.ts";

export interface LocalStream {
  readonly path: string;
  /** Without a byte for so long, the stream counts as ended. */
  readonly silenceMs: number;
  readonly event: (event: Pick<SseEvent, "type" | "data">) => void;
  /**
   * Called once. `status` is that of an answer that is no stream; undefined: the
   * connection failed, ended or fell silent.
   */
  readonly ended: (status: number | undefined) => void;
}

/** As long as an answer in one piece may be (`local_call.ts`). */
const MAX_EVENT_CHARACTERS = 16 * 1024 * 1024;

/** The result ends the stream, without a call of `ended`. */
export function openLocalStream(
  { hostname, port }: Listen,
  { path, silenceMs, event, ended }: LocalStream,
  after: Runtime["after"],
): () => void {
  const scanner = new SseScanner(() => true, MAX_EVENT_CHARACTERS);
  const outgoing = send({
    hostname,
    port,
    method: "GET",
    path,
    headers: {
      "host": addressOf({ hostname, port }),
      "accept": "text/event-stream",
    },
    // Agents use a proxy if NODE_USE_ENV_PROXY is set; this does without one.
    createConnection: () => connect(port, hostname),
  });
  let isOver = false;
  const close = () => {
    isOver = true;
    cancel();
    outgoing.destroy();
  };
  const end = (status?: number) => {
    if (isOver) return;
    close();
    ended(status);
  };
  const wait = () => after(silenceMs, () => end());
  let cancel = wait();
  outgoing.on("error", () => end());
  outgoing.on("close", () => end());
  outgoing.on("response", (response: IncomingMessage) => {
    response.on("error", () => end());
    response.on("end", () => end());
    if (response.statusCode !== 200) return end(response.statusCode ?? 0);
    response.on("data", (chunk: Uint8Array) => {
      cancel();
      if (isOver) return;
      cancel = wait();
      for (const one of scanner.push(chunk)) event(one);
    });
  });
  outgoing.end();
  return close;
}
