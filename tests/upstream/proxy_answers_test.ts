/**
 * A proxy's answer may come in any pieces, be anything else, or never end:
 * only the handshake that waits for it is concerned.
 */
import { assert, assertEquals, assertRejects } from "@std/assert";
import { writeAll } from "../support/connection.ts";
import { DEADLINE } from "../support/deadline.ts";
import { encode, frame, OPCODE } from "../support/frames.ts";
import {
  connectProxy,
  type Proxy,
  type ProxyOptions,
  type Saying,
  socksProxy,
} from "../support/proxies.ts";
import { type RawServer, rawServer } from "../support/raw_websocket.ts";
import { open, type Opening, openSocket } from "./socket_support.ts";

/** Every form of an answer that opens a tunnel, and its length. */
const FORMS: readonly {
  readonly name: string;
  readonly scheme: string;
  readonly start: (options: ProxyOptions) => Proxy;
  readonly options?: Partial<ProxyOptions>;
  readonly bytes: number;
}[] = [
  {
    name: "SOCKS5 with an IPv4 address",
    scheme: "socks5",
    start: socksProxy,
    bytes: 2 + 10,
  },
  {
    name: "SOCKS5 with an IPv6 address",
    scheme: "socks5",
    start: socksProxy,
    options: { bound: [4, ...new Uint8Array(15), 1, 0, 80] },
    bytes: 2 + 22,
  },
  {
    name: "SOCKS5 with a name",
    scheme: "socks5h",
    start: socksProxy,
    options: { bound: [3, 4, 104, 111, 115, 116, 0, 80] },
    bytes: 2 + 3 + 8,
  },
  {
    name: "SOCKS5 with an empty name",
    scheme: "socks5h",
    start: socksProxy,
    options: { bound: [3, 0, 0, 80] },
    bytes: 2 + 3 + 4,
  },
  {
    name: "SOCKS5 with a password and an IPv4 address",
    scheme: "socks5",
    start: socksProxy,
    options: { needsPassword: true },
    bytes: 2 + 2 + 10,
  },
  {
    name: "SOCKS5 with a password and an IPv6 address",
    scheme: "socks5",
    start: socksProxy,
    options: {
      needsPassword: true,
      bound: [4, ...new Uint8Array(15), 1, 0, 80],
    },
    bytes: 2 + 2 + 22,
  },
  {
    name: "SOCKS5 with a password and a name",
    scheme: "socks5",
    start: socksProxy,
    options: {
      needsPassword: true,
      bound: [3, 4, 104, 111, 115, 116, 0, 80],
    },
    bytes: 2 + 2 + 3 + 8,
  },
  {
    name: "CONNECT",
    scheme: "http",
    start: connectProxy,
    bytes: "HTTP/1.1 200 Connection established\r\n\r\n".length,
  },
  {
    name: "CONNECT with header lines",
    scheme: "http",
    start: connectProxy,
    options: {
      accepts: "HTTP/1.0 200 \r\nVia: 1.1 x\r\nContent-Length: 0\r\n",
    },
    bytes: "HTTP/1.0 200 \r\nVia: 1.1 x\r\nContent-Length: 0\r\n\r\n".length,
  },
];

/** A websocket upstream that says hello. */
function upstream() {
  return rawServer(async (peer) => {
    await peer.accept([], frame(OPCODE.text, "hello"));
    await peer.ended();
  });
}

/** A websocket by a person's way to the proxy. */
function by(
  scheme: string,
  { port }: Proxy,
  signal = AbortSignal.timeout(20_000),
): Opening {
  return {
    url: "http://upstream.test/responses",
    env: { ALL_PROXY: `${scheme}://me:secret@127.0.0.1:${port}` },
    signal,
  };
}

for (const { name, scheme, start, options = {}, bytes } of FORMS) {
  const startBefore = ({ port }: RawServer, saying: Saying) =>
    start({ target: port, ...options, saying });

  Deno.test(
    `${name} may be cut at each of ${bytes} bytes`,
    DEADLINE,
    async () => {
      await using server = upstream();
      const cuts = Array.from({ length: bytes }, (_, at) => at + 1);
      for (const cutAt of [...cuts, "everywhere"] as const) {
        await using proxy = startBefore(server, { cutAt });
        const { socket, heard } = await openSocket(by(scheme, proxy));
        await heard.untilMessages(1);
        socket.terminate();
        await heard.untilClosed;
        await proxy.untilIdle();
      }
    },
  );

  Deno.test(
    `${name} that stops is no tunnel, wherever it hangs up`,
    DEADLINE,
    async () => {
      await using server = upstream();
      for (let stopsAt = 0; stopsAt < bytes; stopsAt++) {
        await using proxy = startBefore(server, { stopsAt });
        const error = await assertRejects(
          () => open(by(scheme, proxy)),
          Error,
        );
        assert(error.message.startsWith("proxy: "), error.message);
        await proxy.untilIdle();
      }
      assertEquals(server.connections(), 0);
    },
  );

  Deno.test(
    `${name} that never ends is waited for as long as told`,
    DEADLINE,
    async () => {
      await using server = upstream();
      for (let stopsAt = 0; stopsAt < bytes; stopsAt++) {
        await using proxy = startBefore(server, { stopsAt, then: "stays" });
        const control = new AbortController();
        const opening = open(by(scheme, proxy, control.signal));
        setTimeout(() => control.abort(new Error("enough waited")), 10);
        await assertRejects(() => opening, Error, "enough waited");
        await proxy.untilIdle();
      }
      assertEquals(server.connections(), 0);
    },
  );
}

const OPEN_SOCKS = [5, 0, 5, 0, 0, 1, 127, 0, 0, 1, 0, 0];

/** What a proxy says first, and then without an end. */
const ENDLESS: readonly {
  readonly what: string;
  readonly scheme: string;
  readonly first: string | readonly number[];
  readonly then: string;
  readonly reason: string;
}[] = [
  {
    what: "another version",
    scheme: "socks5",
    first: [4, 0],
    then: "\x04",
    reason: "no SOCKS5 proxy",
  },
  {
    what: "a method that was not offered",
    scheme: "socks5",
    first: [5, 1],
    then: "\x05",
    reason: "wants other credentials",
  },
  {
    what: "a reply of another version",
    scheme: "socks5",
    first: [5, 0, 0, 0, 0, 0],
    then: "\0",
    reason: "no SOCKS5 proxy",
  },
  {
    what: "an address of an unknown kind",
    scheme: "socks5",
    first: [5, 0, 5, 0, 0, 2],
    then: "\0",
    reason: "no SOCKS5 proxy",
  },
  {
    what: "HTTP on a port for SOCKS5",
    scheme: "socks5",
    first: "HTTP/1.1 400 Bad Request\r\n\r\n",
    then: "x",
    reason: "no SOCKS5 proxy",
  },
  {
    what: "more than the reply",
    scheme: "socks5",
    first: [...OPEN_SOCKS, 120],
    then: "x",
    reason: "speaks unasked",
  },
  {
    what: "SOCKS5 on a port for HTTP",
    scheme: "http",
    first: OPEN_SOCKS,
    then: "\0",
    reason: "its answer has no end",
  },
  {
    what: "a status line without an end",
    scheme: "http",
    first: "HTTP/1.1 200 ",
    then: "x",
    reason: "its answer has no end",
  },
  {
    what: "header lines without an end",
    scheme: "http",
    first: "HTTP/1.1 200 OK\r\n",
    then: "a: b\r\n",
    reason: "its answer has no end",
  },
  {
    what: "empty lines",
    scheme: "http",
    first: "",
    then: "\r\n",
    reason: "no HTTP proxy",
  },
  {
    what: "another version of HTTP",
    scheme: "http",
    first: "HTTP/2.0 200 OK\r\n\r\n",
    then: "x",
    reason: "no HTTP proxy",
  },
  {
    what: "a status that is none",
    scheme: "http",
    first: "HTTP/1.1 2000 OK\r\n\r\n",
    then: "x",
    reason: "no HTTP proxy",
  },
  {
    what: "preliminary answers",
    scheme: "http",
    first: "",
    then: "HTTP/1.1 103 Early Hints\r\n\r\n",
    reason: "answered 103 to CONNECT upstream.test",
  },
  {
    what: "a refusal whose body has no end",
    scheme: "http",
    first: "HTTP/1.1 407 x\r\ntransfer-encoding: chunked\r\n\r\n",
    then: "1\r\nx\r\n",
    reason: "answered 407 to CONNECT upstream.test",
  },
  {
    what: "more than the head",
    scheme: "http",
    first: "HTTP/1.1 200 OK\r\n\r\nx",
    then: "x",
    reason: "speaks unasked",
  },
];

for (const { what, scheme, first, then, reason } of ENDLESS) {
  for (const target of ["http", "https"]) {
    Deno.test(
      `a proxy on the way to ${target} that says ${what}, for ever, is left at once`,
      DEADLINE,
      async () => {
        await using proxy = endlessProxy(
          typeof first === "string" ? encode(first) : Uint8Array.from(first),
          encode(then.repeat(4096)),
        );
        await assertRejects(
          () =>
            open({
              url: `${target}://upstream.test/responses`,
              env: { ALL_PROXY: `${scheme}://127.0.0.1:${proxy.port}` },
              signal: AbortSignal.timeout(20_000),
            }),
          Error,
          `proxy: ${reason}`,
        );
        await proxy.left;
      },
    );
  }
}

/** Takes one connection and speaks to it until it is gone. */
function endlessProxy(first: Uint8Array, then: Uint8Array) {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const left = (async () => {
    const connection = await listener.accept();
    try {
      await connection.read(new Uint8Array(1024));
      await writeAll(connection, first);
      while (true) await writeAll(connection, then);
    } catch {
      connection.close();
    }
  })();
  const { addr } = listener;
  return {
    port: addr.transport === "tcp" ? addr.port : 0,
    left,
    [Symbol.asyncDispose]: () => Promise.resolve(listener.close()),
  };
}
