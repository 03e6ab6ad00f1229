/**
 * Proxies in front of the upstream, CONNECT and SOCKS5, whose own words come
 * late, in pieces, or not to their end.
 */
import type { Random } from "../../support/random.ts";
import { pause } from "../clock.ts";
import { ByteReader } from "./byte_reader.ts";
import type { Door } from "./front.ts";
import { denoWire, join, type Wire } from "./wire.ts";

export interface ProxyOptions {
  readonly random: Random;
  /** The only place where a tunnel may end. */
  readonly target: () => number;
  /** Somebody has asked for another one. */
  readonly astray: (target: string) => void;
}

export function connectDoor(options: ProxyOptions): Door {
  return async (wire) => {
    const reader = new ByteReader(wire);
    const head = await reader.head();
    if (head === undefined) return;
    const target = /^CONNECT (\S+) /.exec(head)?.[1] ?? head.slice(0, 40);
    if (!target.endsWith(`:${options.target()}`)) options.astray(target);
    const { random } = options;
    const answer = random.int(8) > 0 ? WELCOME : random.pick(REFUSALS);
    await inPieces(wire, random, new TextEncoder().encode(answer));
    if (answer === WELCOME) await tunnel(wire, reader, options);
  };
}

const WELCOME = "HTTP/1.1 200 Connection established\r\nvia: chaos\r\n\r\n";

const REFUSALS: readonly string[] = [
  "HTTP/1.1 407 Proxy Authentication Required\r\ncontent-length: 0\r\n\r\n",
  "HTTP/1.1 502 Bad Gateway\r\ncontent-length: 4\r\n\r\nlost",
  "HTTP/1.1 200",
  "SSH-2.0-x\r\n",
  "",
];

export function socksDoor(options: ProxyOptions): Door {
  const { random } = options;
  return async (wire) => {
    const reader = new ByteReader(wire);
    const [, methods = 0] = await reader.bytes(2) ?? [];
    await reader.bytes(methods);
    if (random.oneIn(16)) return await refuse(wire, [5, 255]);
    await inPieces(wire, random, Uint8Array.of(5, 0));
    const [, , , kind] = await reader.bytes(4) ?? [];
    const length = kind === 3
      ? (await reader.bytes(1))?.[0] ?? 0
      : kind === 4
      ? 16
      : 4;
    await reader.bytes(length);
    const [high = 0, low = 0] = await reader.bytes(2) ?? [];
    const port = high << 8 | low;
    if (wire.closed.aborted) return;
    if (port !== options.target()) options.astray(`port ${port}`);
    if (random.oneIn(12)) {
      const status = random.pick([1, 2, 3, 4, 5, 6, 7, 8, 77]);
      return await refuse(wire, [5, status, 0, 1, 0, 0, 0, 0, 0, 0]);
    }
    const bound = random.pick([
      [1, 127, 0, 0, 1],
      [3, 2, 104, 105],
      [4, ...new Array<number>(16).fill(0)],
    ]);
    const reply = Uint8Array.of(5, 0, 0, ...bound, 0, 0);
    const cut = random.oneIn(12) ? random.int(reply.length) : reply.length;
    await inPieces(wire, random, reply.subarray(0, cut));
    if (cut === reply.length) await tunnel(wire, reader, options);
  };
}

async function refuse(wire: Wire, bytes: readonly number[]): Promise<void> {
  await wire.write(Uint8Array.from(bytes));
  wire.close();
}

/** At once, or cut somewhere, with a pause between. */
async function inPieces(
  wire: Wire,
  random: Random,
  bytes: Uint8Array,
): Promise<void> {
  const at = random.oneIn(2) ? random.int(bytes.length + 1) : bytes.length;
  await wire.write(bytes.subarray(0, at));
  if (at === bytes.length) return;
  await pause(random.pick([0, 1, 20]), wire.closed);
  await wire.write(bytes.subarray(at));
}

async function tunnel(
  wire: Wire,
  reader: ByteReader,
  { target }: ProxyOptions,
): Promise<void> {
  const connection = await Deno.connect({
    hostname: "127.0.0.1",
    port: target(),
  });
  const behind = denoWire(connection);
  await behind.write(reader.takeRest());
  await join(wire, behind);
}
