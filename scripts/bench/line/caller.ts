/**
 * The callers at the near end: turns of each size over each transport, to each
 * target in turn, one after the other.
 *
 * `caller.ts ORDER` gets its order as JSON and prints a sample a line.
 */

import { connect, exchange } from "../exchange.ts";
import { sleep, untilReady } from "../net.ts";
import { benchRequest, message, SESSION } from "../request.ts";
import { connectSocket } from "./socket.ts";
import { ARRIVAL } from "./turn.ts";

export interface Upstream {
  readonly host: string;
  /** A file with its root certificate. */
  readonly root: string;
}

export interface Order {
  /** For the turns that go directly. */
  readonly upstream: Upstream;
  readonly targets: readonly { readonly name: string; readonly port: number }[];
  readonly sizes: readonly number[];
  readonly rounds: number;
  readonly pauseMs: number;
}

export interface Sample {
  readonly target: string;
  readonly transport: "HTTP" | "websocket";
  readonly size: number;
  /** From the first byte of the turn out to the first byte of the answer in. */
  readonly firstByteMs: number;
  /** Of the request at the upstream, from its head to its last byte. */
  readonly arrivalMs?: number;
}

type Times = Pick<Sample, "firstByteMs" | "arrivalMs">;

/** Somebody who sends turns one way. */
interface Caller extends Pick<Sample, "target" | "transport"> {
  readonly turn: (size: number) => Promise<Times>;
}

if (import.meta.main) {
  await main(JSON.parse(Deno.args[0] ?? ""));
  Deno.exit();
}

async function main(order: Order): Promise<void> {
  const { pauseMs, rounds, sizes, targets } = order;
  for (const { port } of targets) await untilReady(port, "/health");
  const callers = [...overHttp(order), ...await overWebsocket(order)];
  for (const size of sizes) {
    // Before the first round, connections find out what the line can take.
    for (let round = -2; round < rounds; round++) {
      for (const { target, transport, turn } of callers) {
        const sample = { target, transport, size, ...await turn(size) };
        // deno-lint-ignore no-console
        if (round >= 0) console.log(JSON.stringify(sample));
        await sleep(pauseMs);
      }
    }
  }
}

function overHttp({ targets, upstream }: Order): readonly Caller[] {
  const transport = "HTTP";
  return [
    { target: "direct", transport, turn: directly(upstream) },
    ...targets.map(({ name, port }): Caller => ({
      target: name,
      transport,
      turn: (size) => throughPort(port, size),
    })),
  ];
}

/** Not through the bare relay, which trusts no other roots for websockets. */
async function overWebsocket(
  { targets, upstream }: Order,
): Promise<readonly Caller[]> {
  const gateways = targets.filter(({ name }) => name !== "relay");
  const transport = "websocket";
  return await Promise.all([
    connectSocket({ ...upstream, port: 443 }).then((turn): Caller => ({
      target: "direct",
      transport,
      turn,
    })),
    ...gateways.map(async ({ name, port }): Promise<Caller> => ({
      target: name,
      transport,
      turn: await connectSocket({ host: "127.0.0.1", port }),
    })),
  ]);
}

/** Through a proxy of this end, on a new connection, as the client does. */
async function throughPort(port: number, size: number): Promise<Times> {
  const request = benchRequest({ size, session: SESSION });
  using conn = await connect(port);
  const { bytes, firstByteMs } = await exchange(
    conn,
    message(request, port),
    true,
  );
  const head = new TextDecoder().decode(bytes.subarray(0, 4096));
  const arrival = new RegExp(`^${ARRIVAL}: (.*)\r$`, "m").exec(head)?.[1];
  return { firstByteMs, arrivalMs: Number(arrival) };
}

/** Over HTTP/1.1, where the head and the body are one write. */
function directly({ host, root }: Upstream): Caller["turn"] {
  const client = Deno.createHttpClient({
    http2: false,
    caCerts: [Deno.readTextFileSync(root)],
  });
  const url = `https://${host}/backend-api/codex/responses`;
  return async (size) => {
    const { body, headers } = benchRequest({ size, session: SESSION });
    const sentAt = performance.now();
    const response = await fetch(url, {
      method: "POST",
      headers: headers.map(([name, value]): [string, string] => [name, value]),
      body,
      client,
    });
    const firstByteMs = performance.now() - sentAt;
    await response.text();
    const arrivalMs = Number(response.headers.get(ARRIVAL));
    return { arrivalMs, firstByteMs };
  };
}
