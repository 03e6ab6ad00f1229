/**
 * What belonged to a handshake is freed, however it ended: it holds the bytes
 * of the turn that it was made for.
 */
import { assert, assertEquals } from "@std/assert";
import { encode } from "../support/frames.ts";
import { type Peer, rawServer } from "../support/raw_websocket.ts";
import type { Probe } from "./forgotten_probe.ts";

const FILES = new URL("../fixtures/tls/", import.meta.url);
const PROBE = new URL("forgotten_probe.ts", import.meta.url);
const COUNT = 20;
/** Nobody may listen there (IANA: tcpmux), and nobody does. */
const CLOSED = "127.0.0.1:1";

/** Code 1000. */
const CLOSE_FRAME = new Uint8Array([0x88, 2, 3, 232]);

const ANSWERS: readonly (readonly [
  string,
  serve: (peer: Peer) => Promise<void>,
  isEnding?: boolean,
])[] = [
  ["a refusal", async (peer) => {
    const lines = ["HTTP/1.1 404 Not Found", "Content-Length: 2"];
    await peer.write(encode(`${lines.join("\r\n")}\r\n\r\nno`));
    await peer.ended();
  }],
  ["an answer that is cut", (peer) => Promise.resolve(peer.cut())],
  ["an end that is ours", async (peer) => {
    await peer.accept();
    await peer.ended();
  }, true],
  ["a close frame", async (peer) => {
    await peer.accept([], CLOSE_FRAME);
    await peer.ended();
  }],
  ["a close frame and an end", (peer) => peer.accept([], CLOSE_FRAME)],
  ["a cut", (peer) => peer.accept()],
];

for (const [name, serve, isEnding = false] of ANSWERS) {
  for (const isSecure of [false, true]) {
    Deno.test(`nothing is left behind ${name}${isSecure ? ", TLS" : ""}`, async () => {
      const { root, ...tls } = await tlsFiles();
      await using server = rawServer(serve, isSecure ? tls : undefined);
      const scheme = isSecure ? "wss" : "ws";
      const url = `${scheme}://127.0.0.1:${server.port}`;
      assertEquals(await remembered({ url, root, isEnding }), "0\n");
      assert(server.connections() === COUNT);
    });
  }
}

const NOWHERE: readonly (readonly [string, url: string, proxy?: string])[] = [
  ["no connection", `ws://${CLOSED}`],
  ["no connection, TLS", `wss://${CLOSED}`],
  ["no connection to a proxy", "wss://a.test", `http://${CLOSED}`],
  ["no connection to a proxy, TLS", "wss://a.test", `https://${CLOSED}`],
];

for (const [name, url, proxy] of NOWHERE) {
  Deno.test(`nothing is left behind ${name}`, async () => {
    const isEnding = false;
    const probe = proxy === undefined ? {} : { proxy };
    assertEquals(await remembered({ url, isEnding, ...probe }), "0\n");
  });
}

Deno.test("nothing is left behind a certificate that is not trusted", async () => {
  const { cert, key } = await tlsFiles();
  await using server = rawServer(() => Promise.resolve(), { cert, key });
  const url = `wss://127.0.0.1:${server.port}`;
  assertEquals(await remembered({ url, isEnding: false }), "0\n");
  assert(server.connections() === COUNT);
});

/** What the probe prints. */
async function remembered(probe: Omit<Probe, "count">): Promise<string> {
  const { stdout } = await new Deno.Command("deno", {
    args: [
      "run",
      "--no-prompt",
      "--allow-net=127.0.0.1,a.test",
      "--allow-env=WS_NO_BUFFER_UTIL,WS_NO_UTF_8_VALIDATE",
      "--v8-flags=--expose-gc",
      PROBE.href,
      JSON.stringify({ ...probe, count: COUNT }),
    ],
    stderr: "inherit",
  }).output();
  return new TextDecoder().decode(stdout);
}

async function tlsFiles() {
  const read = (name: string) => Deno.readTextFile(new URL(name, FILES));
  const [cert, key, root] = await Promise.all(
    ["server.pem", "server.key", "root.pem"].map(read),
  );
  assert(cert !== undefined && key !== undefined && root !== undefined);
  return { cert, key, root };
}
