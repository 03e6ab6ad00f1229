/**
 * Requests of any size in the form of the official client's.
 *
 * Their text has words, quotes and line breaks, so that it escapes and
 * compresses like a conversation about code.
 */

import { constants, zstdCompressSync } from "node:zlib";

export interface RequestOptions {
  /** Size of the body in bytes, about 800 at least. */
  readonly size: number;
  /** One per conversation: a gateway may keep it on one account. */
  readonly session: string;
}

export interface BenchRequest {
  readonly path: string;
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly body: string;
}

const PATH = "/v1/responses";
export const SESSION = "01a20310-815e-7750-9e5c-03f8b556d8d3";

const TEXT_PER_MESSAGE = 4000;
const WORDS = [
  "const",
  "value",
  "=",
  "await",
  "read(",
  '"path"',
  ")",
  ";\n",
  "if",
]
  .concat(["(", "error", ")", "{", "\n\t", "return", "}", "// naïve", "\\d+"]);

export function benchRequest(options: RequestOptions): BenchRequest {
  const { session, size } = options;
  return {
    path: PATH,
    headers: [
      ["x-codex-beta-features", "remote_compaction_v2"],
      ["x-codex-window-id", `${session}:0`],
      ["x-client-request-id", session],
      ["session-id", session],
      ["thread-id", session],
      ["accept", "text/event-stream"],
      ["content-type", "application/json"],
      ["authorization", "Bearer sk-bench"],
      ["originator", "codex_exec"],
      ["user-agent", "codex_exec/0.171.0 (Debian 12.0.0; x86_64) xterm"],
      ["accept-encoding", "zstd,gzip"],
    ],
    body: bodyOf(session, size),
  };
}

/** How a body is sent: as it is, or compressed as the official client does. */
export type Coding = "identity" | "zstd";

/** The same request as HTTP/1.1 bytes for one port. */
export function message(
  request: BenchRequest,
  port: number,
  coding: Coding = "identity",
): Uint8Array {
  const text = new TextEncoder().encode(request.body);
  const body = coding === "zstd" ? compressed(text) : text;
  const lines = request.headers.map(([name, value]) => `${name}: ${value}\r\n`);
  if (coding === "zstd") lines.push("content-encoding: zstd\r\n");
  const head = new TextEncoder().encode(
    `POST ${request.path} HTTP/1.1\r\n${lines.join("")}` +
      `host: 127.0.0.1:${port}\r\n` +
      `content-length: ${body.length}\r\n\r\n`,
  );
  const whole = new Uint8Array(head.length + body.length);
  whole.set(head);
  whole.set(body, head.length);
  return whole;
}

/** Like the official client: level 3, one frame, no content size in it. */
function compressed(bytes: Uint8Array): Uint8Array {
  return zstdCompressSync(bytes, {
    // After a chunk that is just full, an empty frame would follow.
    chunkSize: bytes.length + 65_536,
    params: {
      [constants.ZSTD_c_compressionLevel]: 3,
      [constants.ZSTD_c_contentSizeFlag]: 0,
    },
  });
}

function bodyOf(session: string, size: number): string {
  const filler: string[] = [];
  let left = size - bytes(bodyWith(session, []));
  const empty = bytes(JSON.stringify(userMessage(""))) + 1;
  const random = generator();
  while (left > empty + 2 * TEXT_PER_MESSAGE) {
    const json = JSON.stringify(userMessage(text(random)));
    left -= bytes(json) + 1;
    filler.push(json);
  }
  if (left >= empty) {
    filler.push(JSON.stringify(userMessage("x".repeat(left - empty))));
  }
  return bodyWith(session, filler);
}

function bodyWith(session: string, filler: readonly string[]): string {
  const last = JSON.stringify(userMessage("say ok"));
  const rest = JSON.stringify({
    tool_choice: "auto",
    parallel_tool_calls: false,
    reasoning: { effort: "low", context: "all_turns" },
    store: false,
    include: ["reasoning.encrypted_content"],
    prompt_cache_key: session,
    text: { verbosity: "low" },
    client_metadata: {
      thread_id: session,
      "x-codex-window-id": `${session}:0`,
      session_id: session,
      "x-codex-installation-id": "d0a3556a-468d-4ea8-b4db-bde0826057b0",
    },
  });
  return `{"model":"gpt-6.2-sol","stream":true,"input":[` +
    `${[...filler, last].join(",")}],${rest.slice(1)}`;
}

function userMessage(text: string): Record<string, unknown> {
  const content = [{ type: "input_text", text }];
  return { type: "message", role: "user", content };
}

function text(random: () => number): string {
  let made = "";
  while (made.length < TEXT_PER_MESSAGE) {
    const word = WORDS[Math.floor(random() * WORDS.length)];
    made += `${word} ${Math.floor(random() * 5000).toString(36)} `;
  }
  return made;
}

/** A Lehmer generator: the same numbers in every run, for comparison. */
function generator(): () => number {
  let state = 20261122;
  return () => (state = state * 48271 % 2147483647) / 2147483647;
}

function bytes(text: string): number {
  return new TextEncoder().encode(text).length;
}
