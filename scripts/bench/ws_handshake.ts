/** The handshake of a websocket as the official client asks for it. */
import { benchRequest } from "./request.ts";

export interface HandshakeOptions {
  /** As in the `host` header. */
  readonly host: string;
  /** With its leading slash. */
  readonly path: string;
  readonly session: string;
}

/** The head of the request, with its empty line. */
export function handshake({ host, path, session }: HandshakeOptions): string {
  const own = new Set(["accept", "content-type"]);
  const lines = benchRequest({ size: 0, session }).headers
    .filter(([name]) => !own.has(name))
    .map(([name, value]) => `${name}: ${value}`);
  return [
    `GET ${path} HTTP/1.1`,
    `host: ${host}`,
    "connection: Upgrade",
    "upgrade: websocket",
    "sec-websocket-version: 13",
    `sec-websocket-key: ${new Uint8Array(16).toBase64()}`,
    "openai-beta: responses_websockets=2026-02-06",
    ...lines,
    "\r\n",
  ].join("\r\n");
}
