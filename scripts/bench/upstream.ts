/**
 * The upstream of the benchmark: a separate process with raw HTTP/1.1 and SSE
 * answers. Websockets are in `ws_upstream.ts`, TLS in `tls_upstream.ts`.
 *
 * Costs as little as possible, so that the proxies are what is measured. Reads
 * the whole request, drops its body and answers by the plan of the last
 * `GET /bench?…`. Each delta is one HTTP chunk; without a pause, several leave
 * in one write. Checks nothing, and knows no fault but a 429. Prints its ports,
 * plain and TLS, on stdout.
 */

import {
  BLOCK_DELTAS,
  BLOCKS,
  DELTAS,
  END,
  PLAIN,
  REFUSAL,
  WITH_ITEM,
} from "./answer.ts";
import { Pacer } from "./pacer.ts";
import { parsePlan, type Plan, WHOLE_ANSWER } from "./plan.ts";
import { serveTls } from "./tls_upstream.ts";
import { isWebsocket, serveWebsocket } from "./ws_upstream.ts";

const MAX_HEAD_BYTES = 65536;
const encoder = new TextEncoder();
const decoder = new TextDecoder();

let plan = WHOLE_ANSWER;
let events = 0;
let requests = 0;
let sockets = 0;

const pacer = new Pacer(() => void events++);
const tlsPort = serveTls({
  plan: () => plan,
  asked: () => requests++,
  sent: (count) => events += count,
  atPace: (plan, delta, write) => pacer.run(plan, delta, write),
});
const listener = Deno.listen({
  hostname: "127.0.0.1",
  port: 0,
  tcpBacklog: 4096,
});
await Deno.stdout.write(encoder.encode(`${listener.addr.port} ${tlsPort}\n`));
for await (const conn of listener) serve(conn);

async function serve(conn: Deno.TcpConn): Promise<void> {
  conn.setNoDelay(true);
  const buffer = new Uint8Array(MAX_HEAD_BYTES);
  try {
    while (true) {
      const head = await readRequest(conn, buffer);
      if (head === undefined) break;
      if (isWebsocket(head)) {
        await upgraded(conn, head);
        break;
      }
      await answer(conn, head.split(" ", 2)[1] ?? "");
    }
  } catch {
    // The proxy has closed its connection.
  }
  conn.close();
}

async function upgraded(conn: Deno.Conn, head: string): Promise<void> {
  sockets++;
  try {
    await serveWebsocket(conn, head, {
      plan: () => plan,
      sent: (count) => events += count,
      write: (bytes) => write(conn, bytes),
      atPace: (plan, delta) => atPace(conn, plan, delta),
    });
  } finally {
    sockets--;
  }
}

/** Reads one request and drops its body; undefined at the end of input. */
async function readRequest(
  conn: Deno.Conn,
  buffer: Uint8Array,
): Promise<string | undefined> {
  let have = 0;
  let head = "";
  while (!head.includes("\r\n\r\n")) {
    const count = await conn.read(buffer.subarray(have));
    if (count === null) return undefined;
    have += count;
    head = decoder.decode(buffer.subarray(0, have));
    const end = head.indexOf("\r\n\r\n");
    if (end >= 0) head = head.slice(0, end + 4);
  }
  const length = /^content-length: *(\d+)/im.exec(head)?.[1] ?? "0";
  let left = Number(length) - (have - encoder.encode(head).length);
  while (left > 0) {
    const count = await conn.read(buffer);
    if (count === null) return undefined;
    left -= count;
  }
  return head;
}

async function answer(conn: Deno.Conn, target: string): Promise<void> {
  if (target.startsWith("/bench?")) {
    plan = parsePlan(target);
    pacer.endAll();
  }
  if (target.startsWith("/bench")) {
    const text = JSON.stringify({
      events,
      requests,
      open: pacer.size,
      sockets,
    });
    return await write(conn, plain(200, text));
  }
  if (!target.endsWith("/responses")) return await write(conn, plain(404, ""));

  const current = plan;
  requests++;
  if (current.refuseOdd && requests % 2 === 1) return write(conn, REFUSAL);
  const around = current.items ? WITH_ITEM : PLAIN;
  const [atFirst, atLast] = around.events;
  if (current.deltas === 0) {
    events += atFirst + atLast;
    return await write(conn, around.whole);
  }
  events += atFirst;
  await write(conn, around.first);
  if (current.gapMs === 0) await flatOut(conn, current.deltas);
  else await atPace(conn, current, delta);
  events += atLast;
  await write(conn, around.last);
  await write(conn, END);
}

/** Whole blocks only, which plans without a pause are made of. */
async function flatOut(conn: Deno.Conn, count: number): Promise<void> {
  for (let block = 0; block < count / BLOCK_DELTAS; block++) {
    events += BLOCK_DELTAS;
    await write(conn, BLOCKS[block % BLOCKS.length] ?? END);
  }
}

function atPace(
  conn: Deno.Conn,
  plan: Plan,
  delta: (index: number) => Uint8Array,
): Promise<void> {
  return pacer.run(plan, delta, (bytes) => write(conn, bytes));
}

function delta(index: number): Uint8Array {
  return DELTAS[index % DELTAS.length] ?? END;
}

async function write(conn: Deno.Conn, bytes: Uint8Array): Promise<void> {
  for (let at = 0; at < bytes.length;) {
    at += await conn.write(at === 0 ? bytes : bytes.subarray(at));
  }
}

function plain(status: number, body: string): Uint8Array {
  return encoder.encode(
    `HTTP/1.1 ${status} x\r\ncontent-length: ${body.length}\r\n\r\n${body}`,
  );
}
