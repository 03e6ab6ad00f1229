/**
 * One HTTP exchange over a plain TCP connection, so that a test can send what
 * no client would.
 */
import { writeAll } from "./connection.ts";

export interface RawAnswer {
  /** 0 when the connection was closed without an answer. */
  readonly status: number;
  /** Lower-case names. */
  readonly headers: Headers;
  readonly body: string;
}

export interface RawOptions {
  readonly method?: string;
  readonly target?: string;
  /** Written as they stand, in this order; `host` is added by nobody. */
  readonly headers?: readonly (readonly [name: string, value: string])[];
  readonly version?: string;
  readonly body?: string;
}

/** The text of a request; every character is one byte. */
export function rawRequest(options: RawOptions): string {
  const { method = "GET", target = "/", headers = [], body = "" } = options;
  const lines = headers.map(([name, value]) => `${name}: ${value}\r\n`);
  const version = options.version ?? "HTTP/1.1";
  return `${method} ${target} ${version}\r\n${lines.join("")}\r\n${body}`;
}

/** Sends `text` and reads one whole answer, or to the end of the connection. */
export async function exchange(
  origin: string,
  text: string,
): Promise<RawAnswer> {
  const { port } = new URL(origin);
  using connection = await Deno.connect({
    hostname: "127.0.0.1",
    port: Number(port),
  });
  const bytes = Uint8Array.from(text, (char) => char.charCodeAt(0));
  // A server that has answered early may close before all of it is written.
  void writeAll(connection, bytes).catch(() => {});
  const decoder = new TextDecoder();
  const isHead = text.startsWith("HEAD ");
  let received = "";
  const buffer = new Uint8Array(65_536);
  while (true) {
    const size = await connection.read(buffer).catch(() => null);
    if (size === null) break;
    received += decoder.decode(buffer.subarray(0, size), { stream: true });
    const answer = parse(received, isHead);
    if (answer) return answer;
  }
  return parse(received, true) ??
    { status: 0, headers: new Headers(), body: "" };
}

/** Undefined while something is missing. */
function parse(text: string, headOnly: boolean): RawAnswer | undefined {
  const end = text.indexOf("\r\n\r\n");
  if (end === -1) return undefined;
  const [statusLine = "", ...lines] = text.slice(0, end).split("\r\n");
  const headers = new Headers(lines.map((line): [string, string] => {
    const colon = line.indexOf(":");
    return [line.slice(0, colon), line.slice(colon + 1).trim()];
  }));
  const body = text.slice(end + 4);
  const length = Number(headers.get("content-length") ?? 0);
  if (!headOnly && new TextEncoder().encode(body).length < length) {
    return undefined;
  }
  return { status: Number(statusLine.split(" ")[1]), headers, body };
}
