/**
 * The websocket side of the benchmark's upstream: every text frame is a turn,
 * answered by the plan. Reads no payload and sends no ping.
 *
 * Without a pause, deltas leave in blocks, because with one write for each the
 * upstream would be the limit.
 */
import { acceptOf } from "../../lib/simulator/frames/accept.ts";
import type { Plan } from "./plan.ts";
import {
  BLOCK_DELTAS,
  COMPRESSED,
  PLAIN,
  stampedDelta,
  type TurnFrames,
} from "./ws_answer.ts";
import { CLOSE, FrameReader, TEXT } from "./ws_frames.ts";

/** What `upstream.ts` provides. */
export interface WebsocketHooks {
  readonly plan: () => Plan;
  /** Counts the events that were sent. */
  readonly sent: (count: number) => void;
  readonly write: (bytes: Uint8Array) => Promise<void>;
  /** Writes deltas at the plan's pace. Resolves after the last one. */
  readonly atPace: (
    plan: Plan,
    delta: (index: number) => Uint8Array,
  ) => Promise<void>;
}

const NO_TAKEOVER =
  "permessage-deflate; server_no_context_takeover; client_no_context_takeover";

export function isWebsocket(head: string): boolean {
  return /^upgrade: *websocket\r$/im.test(head);
}

/** Serves one connection to its end. */
export async function serveWebsocket(
  conn: Deno.Conn,
  head: string,
  hooks: WebsocketHooks,
): Promise<void> {
  const compressed = hooks.plan().compress === true &&
    /^sec-websocket-extensions:.*permessage-deflate/im.test(head);
  await hooks.write(accepted(head, compressed));
  const frames = compressed ? COMPRESSED : PLAIN;
  const reader = new FrameReader(conn);
  let turns = 0;
  let answered = 0;
  let open = true;
  const sink = (opcode: number) => {
    if (opcode === TEXT) turns++;
    if (opcode === CLOSE) open = false;
  };
  while (open && await reader.read(sink)) {
    for (; turns > 0; turns--) {
      const completed = frames.completed[answered++ % 2 === 0 ? 0 : 1];
      await answer({ ...frames, completed }, hooks);
    }
  }
}

async function answer(
  { created, deltas, block, completed }: Omit<TurnFrames, "completed"> & {
    readonly completed: Uint8Array;
  },
  { plan, sent, write, atPace }: WebsocketHooks,
): Promise<void> {
  const current = plan();
  sent(1);
  await write(created);
  const isPlain = deltas === PLAIN.deltas;
  const delta = (index: number) =>
    isPlain ? stampedDelta(index) : deltas[index % deltas.length] ?? created;
  let left = current.deltas;
  if (current.gapMs > 0) {
    await atPace(current, delta);
    left = 0;
  }
  for (; left >= BLOCK_DELTAS; left -= BLOCK_DELTAS) {
    sent(BLOCK_DELTAS);
    await write(block);
  }
  for (; left > 0; left--) {
    sent(1);
    await write(delta(left));
  }
  sent(1);
  await write(completed);
}

function accepted(
  head: string,
  compressed: boolean,
): Uint8Array {
  const key = /^sec-websocket-key: *(\S+)/im.exec(head)?.[1] ?? "";
  const encoder = new TextEncoder();
  const lines = [
    "HTTP/1.1 101 Switching Protocols",
    "upgrade: websocket",
    "connection: upgrade",
    `sec-websocket-accept: ${acceptOf(key)}`,
    ...compressed ? [`sec-websocket-extensions: ${NO_TAKEOVER}`] : [],
  ];
  return encoder.encode(`${lines.join("\r\n")}\r\n\r\n`);
}
