/** Handshakes that end in no answer at all. */
import {
  assertEquals,
  assertInstanceOf,
  assertMatch,
  assertRejects,
} from "@std/assert";
import { encode } from "../support/frames.ts";
import { type Peer, rawServer } from "../support/raw_websocket.ts";
import { openSocket } from "./socket_support.ts";

const LOST: readonly {
  readonly name: string;
  readonly serve: (peer: Peer) => Promise<void>;
}[] = [
  { name: "a connection that is closed", serve: async () => {} },
  {
    name: "half an answer",
    serve: (peer) => peer.write(encode("HTTP/1.1 101 Switch")),
  },
  {
    name: "garbage",
    serve: (peer) => peer.write(encode("SSH-2.0-OpenSSH_9.9\r\n")),
  },
  {
    name: "a wrong accept key",
    serve: (peer) =>
      peer.write(encode(
        "HTTP/1.1 101 x\r\nconnection: upgrade\r\nupgrade: websocket\r\n" +
          "sec-websocket-accept: bm8=\r\n\r\n",
      )),
  },
  {
    name: "an extension that was not offered",
    serve: (peer) => peer.accept(["sec-websocket-extensions: x-mine"]),
  },
];

for (const { name, serve } of LOST) {
  Deno.test(`the connector rejects on ${name}`, async () => {
    await using server = rawServer(serve);
    const url = `http://127.0.0.1:${server.port}`;
    const error = await assertRejects(() => openSocket({ url }));
    assertInstanceOf(error, Error);
    assertMatch(error.message, /\w{4}/);
  });
}

Deno.test("the connector rejects where nobody listens, naming the address", async () => {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr;
  listener.close();
  const error = await assertRejects(() =>
    openSocket({ url: `http://127.0.0.1:${port}` })
  );
  assertInstanceOf(error, Error);
  assertMatch(error.message, new RegExp(`refused.*:${port}`, "i"));
});

Deno.test("the connector rejects a header that would split the head", async () => {
  await using server = rawServer(() => Promise.resolve());
  await assertRejects(() =>
    openSocket({
      url: `http://127.0.0.1:${server.port}`,
      headers: [["x-split", "a\r\nx-evil: b"]],
    })
  );
});

Deno.test("abort gives up a silent handshake and closes the connection", async () => {
  const arrived = Promise.withResolvers<void>();
  const left = Promise.withResolvers<void>();
  await using server = rawServer(async (peer) => {
    arrived.resolve();
    await peer.ended();
    left.resolve();
  });
  const control = new AbortController();
  const opening = openSocket({
    url: `http://127.0.0.1:${server.port}`,
    signal: control.signal,
  });
  await arrived.promise;
  control.abort(new Error("enough waited"));
  await assertRejects(() => opening, Error, "enough waited");
  await left.promise;
});

Deno.test("abort before the handshake opens no connection", async () => {
  await using server = rawServer(() => Promise.resolve());
  await assertRejects(
    () =>
      openSocket({
        url: `http://127.0.0.1:${server.port}`,
        signal: AbortSignal.abort(new Error("too late")),
      }),
    Error,
    "too late",
  );
  assertEquals(server.connections(), 0);
});
