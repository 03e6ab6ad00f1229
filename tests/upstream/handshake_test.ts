import {
  assert,
  assertEquals,
  assertInstanceOf,
  assertMatch,
  assertRejects,
  assertStringIncludes,
} from "@std/assert";
import { join } from "@std/path";
import { gzipSync, zstdCompressSync } from "node:zlib";
import { encode, frame, OPCODE } from "../support/frames.ts";
import { type Peer, rawServer } from "../support/raw_websocket.ts";
import { open, openSocket } from "./socket_support.ts";
import captured from "../fixtures/captures/ws-handshakes.json" with {
  type: "json",
};
import today from "../fixtures/captures/ws-handshakes-0.171.0.json" with {
  type: "json",
};

const FIXTURES = join(import.meta.dirname ?? "", "..", "fixtures", "tls");

/** Lines that the protocol adds by itself. */
const OWN = /^(host|connection|upgrade|sec-websocket-[a-z]+)$/i;

const CAPTURED = [
  ...Object.entries(captured).map((entry) => ["0.169.0", ...entry] as const),
  ...Object.entries(today).map((entry) => ["0.171.0", ...entry] as const),
];

for (const [version, name, expected] of CAPTURED) {
  Deno.test(`the handshake of ${name}, ${version}, goes out byte for byte`, async () => {
    let head = "";
    await using server = rawServer(async (peer) => {
      head = peer.head;
      await peer.write(encode("HTTP/1.1 403 x\r\ncontent-length: 0\r\n\r\n"));
    });
    const [requestLine = "", ...lines] = expected.split("\r\n");
    const headers = lines.map((line): [string, string] => {
      const at = line.indexOf(": ");
      return [line.slice(0, at), line.slice(at + 2)];
    });
    await open({
      url: `http://127.0.0.1:${server.port}${requestLine.split(" ")[1]}`,
      headers: headers.filter(([name]) => !OWN.test(name)),
    });
    const host = /^Host: (.*)$/m.exec(head)?.[1];
    const key = /^Sec-WebSocket-Key: (.{22}==)$/m.exec(head)?.[1];
    assertEquals(host, `127.0.0.1:${server.port}`);
    assertEquals(
      head,
      expected.replace(/^Host: .*$/m, `Host: ${host}`)
        .replace(/^Sec-WebSocket-Key: .*$/m, `Sec-WebSocket-Key: ${key}`),
    );
  });
}

Deno.test("the handshake keeps bytes that are no ASCII, and double lines", async () => {
  let head = "";
  await using server = rawServer(async (peer) => {
    head = peer.head;
    await peer.write(encode("HTTP/1.1 403 x\r\ncontent-length: 0\r\n\r\n"));
  });
  await open({
    url: `http://127.0.0.1:${server.port}/a?b=c%20d`,
    headers: [["x-name", "J\xf8rgen"], ["x-two", "1"], ["x-two", "2"]],
  });
  assertEquals(head.split("\r\n")[0], "GET /a?b=c%20d HTTP/1.1");
  assertStringIncludes(
    head,
    "\r\nx-name: J\xf8rgen\r\nx-two: 1\r\nx-two: 2\r\nsec-websocket-extensions",
  );
});

const HEAD = "HTTP/1.1 429 Too Many Requests\r\nRetry-After: 7\r\n" +
  "Set-Cookie: a=1\r\nSet-Cookie: b=2\r\nContent-Type: application/json\r\n";
const BODY = '{"error":{"message":"zu viele – später"}}';
const CHUNKED = `${HEAD}Transfer-Encoding: chunked\r\n\r\n`;
const SIZED = `${HEAD}Content-Length: ${encode(BODY).length}\r\n\r\n`;

const REFUSALS: readonly {
  readonly name: string;
  readonly writes: readonly string[];
}[] = [
  { name: "in one write", writes: [SIZED + BODY] },
  { name: "with its body behind it", writes: [SIZED, BODY] },
  {
    name: "in many pieces",
    writes: [...SIZED.match(/.{1,7}/gs) ?? [], BODY.slice(0, 9), BODY.slice(9)],
  },
  {
    name: "in HTTP chunks",
    writes: [
      CHUNKED,
      `${encode(BODY).length.toString(16)}\r\n${BODY}\r\n`,
      "0\r\n\r\n",
    ],
  },
  {
    name: "that ends with the connection",
    writes: [`${HEAD}\r\n`, BODY.slice(0, 20), BODY.slice(20)],
  },
];

for (const { name, writes } of REFUSALS) {
  Deno.test(`the connector reads a refusal ${name}`, async () => {
    await using server = rawServer(async (peer) => {
      for (const text of writes) await peer.write(encode(text));
      if (name !== "that ends with the connection") await peer.ended();
    });
    const { handshake, heard } = await open({
      url: `http://127.0.0.1:${server.port}`,
    });
    if (handshake.kind !== "refused") throw new Error("not refused");
    const { status, headers, body } = handshake;
    assertEquals(status, 429);
    assertEquals(headers.get("retry-after"), "7");
    assertEquals(headers.getSetCookie(), ["a=1", "b=2"]);
    assertEquals(new TextDecoder().decode(body), BODY);
    assertEquals(heard.closes, []);
  });
}

const ENCODED = {
  gzip: gzipSync(BODY),
  zstd: zstdCompressSync(BODY),
  "cut off": gzipSync(BODY).subarray(0, -9),
};

for (const [name, bytes] of Object.entries(ENCODED)) {
  Deno.test(`the connector reads a refusal that is encoded: ${name}`, async () => {
    const coding = name === "cut off" ? "gzip" : name;
    await using server = rawServer(async (peer) => {
      await peer.write(encode(
        `${HEAD}Content-Encoding: ${coding}\r\n` +
          `Content-Length: ${bytes.length}\r\n\r\n`,
      ));
      await peer.write(new Uint8Array(bytes));
      await peer.ended();
    });
    const { handshake } = await open({
      url: `http://127.0.0.1:${server.port}`,
    });
    if (handshake.kind !== "refused") throw new Error("not refused");
    const { status, headers, body } = handshake;
    assertEquals(status, 429);
    assertEquals(headers.get("content-encoding"), null);
    assertEquals(headers.get("content-length"), null);
    const text = new TextDecoder().decode(body);
    if (name === "cut off") assert(BODY.startsWith(text));
    else assertEquals(text, BODY);
  });
}

for (const status of [200, 204, 302, 401, 403, 426, 500, 503]) {
  Deno.test(`the connector calls ${status} a refusal and asks no further`, async () => {
    await using server = rawServer(async (peer) => {
      const lines = "Location: /elsewhere\r\nContent-Length: 0\r\n\r\n";
      await peer.write(encode(`HTTP/1.1 ${status} x\r\n${lines}`));
      await peer.ended();
    });
    const { handshake } = await open({
      url: `http://127.0.0.1:${server.port}`,
    });
    assertEquals(handshake.kind === "refused" && handshake.status, status);
    assertEquals(server.connections(), 1);
  });
}

const CUT_BODIES: readonly {
  readonly name: string;
  readonly serve: (peer: Peer) => Promise<void>;
  readonly isLate: boolean;
  readonly body: number;
}[] = [
  {
    name: "stops in the middle",
    serve: (peer) =>
      peer.write(encode("HTTP/1.1 500 x\r\nContent-Length: 50\r\n\r\nhalf")),
    isLate: false,
    body: 4,
  },
  {
    name: "never comes",
    serve: async (peer) => {
      await peer.write(encode("HTTP/1.1 500 x\r\nContent-Length: 50\r\n\r\n"));
      await peer.ended();
    },
    isLate: true,
    body: 0,
  },
];

for (const { name, serve, isLate, body } of CUT_BODIES) {
  Deno.test(`a refusal whose body ${name} is one all the same`, async () => {
    await using server = rawServer(serve);
    const { handshake } = await open({
      url: `http://127.0.0.1:${server.port}`,
      isLate,
    });
    if (handshake.kind !== "refused") throw new Error("not refused");
    assertEquals(handshake.status, 500);
    assertEquals(handshake.body.length, body);
  });
}

Deno.test("a refusal is read no further than 1 MiB", async () => {
  let written = 0;
  const left = Promise.withResolvers<void>();
  await using server = rawServer(async (peer) => {
    await peer.write(encode("HTTP/1.1 500 x\r\n\r\n"));
    const part = encode("x".repeat(100_000));
    // Ends when the reader goes, or far behind what the system may hold.
    while (written < 100_000_000) {
      if (!await peer.write(part).then(() => true, () => false)) break;
      written += part.length;
    }
    left.resolve();
  });
  const { handshake } = await open({ url: `http://127.0.0.1:${server.port}` });
  if (handshake.kind !== "refused") throw new Error("not refused");
  assertEquals(handshake.body.length, 1_048_576);
  await left.promise;
  assertEquals(written < 100_000_000, true);
});

Deno.test("abort gives up a refusal that does not end", async () => {
  const control = new AbortController();
  await using server = rawServer(async (peer) => {
    await peer.write(encode("HTTP/1.1 500 x\r\nContent-Length: 9\r\n\r\nhalf"));
    control.abort(new Error("enough waited"));
    await peer.ended();
  });
  const url = `http://127.0.0.1:${server.port}`;
  await assertRejects(
    () => open({ url, signal: control.signal }),
    Error,
    "enough waited",
  );
});

async function tlsFiles() {
  const [cert, key, root] = await Promise.all(
    ["server.pem", "server.key", "root.pem"].map((name) =>
      Deno.readTextFile(join(FIXTURES, name))
    ),
  );
  return { cert: cert ?? "", key: key ?? "", root: root ?? "" };
}

Deno.test("the connector trusts the roots it is given", async () => {
  const { cert, key, root } = await tlsFiles();
  await using server = rawServer(async (peer) => {
    await peer.accept([], frame(OPCODE.text, "secret"));
    await peer.ended();
  }, { cert, key });
  for (const bundle of [root, `# a comment\n${cert}\n${root}`]) {
    const { socket, heard } = await openSocket({
      url: `https://127.0.0.1:${server.port}`,
      rootCertificates: [bundle],
    });
    await heard.untilMessages(1);
    socket.terminate();
    await heard.untilClosed;
  }
});

Deno.test("the connector trusts nobody else", async () => {
  const { cert, key } = await tlsFiles();
  await using server = rawServer(() => Promise.resolve(), { cert, key });
  const url = `wss://127.0.0.1:${server.port}`;
  const error = await assertRejects(() => open({ url }));
  assertInstanceOf(error, Error);
  assertMatch(error.message, /certificate|issuer/i);
});

Deno.test("roots that are given do not replace those that are there", async () => {
  const { cert, key } = await tlsFiles();
  await using server = rawServer(async (peer) => {
    await peer.write(encode(SIZED + BODY));
    await peer.ended();
  }, { cert, key });
  // With the permissions of a gateway, no more.
  const { stdout } = await new Deno.Command("deno", {
    args: [
      "run",
      "--no-prompt",
      "--allow-net=127.0.0.1",
      "--allow-read",
      "--allow-env=WS_NO_BUFFER_UTIL,WS_NO_UTF_8_VALIDATE",
      new URL("trust_probe.ts", import.meta.url).href,
      String(server.port),
      join(FIXTURES, "other_root.pem"),
    ],
    env: { DENO_CERT: join(FIXTURES, "root.pem") },
    stderr: "inherit",
  }).output();
  assertEquals(new TextDecoder().decode(stdout), "refused\n");
});

Deno.test("the connector reads a refusal over TLS, too", async () => {
  const { cert, key, root } = await tlsFiles();
  await using server = rawServer(async (peer) => {
    await peer.write(encode(SIZED + BODY));
    await peer.ended();
  }, { cert, key });
  const { handshake } = await open({
    url: `https://127.0.0.1:${server.port}`,
    rootCertificates: [root],
  });
  if (handshake.kind !== "refused") throw new Error("not refused");
  assertEquals(handshake.status, 429);
  assertEquals(new TextDecoder().decode(handshake.body), BODY);
  assertEquals(server.connections(), 1);
});

Deno.test("TLS is offered without ALPN, as the client does", async () => {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const opening = open({ url: `https://127.0.0.1:${listener.addr.port}` });
  const connection = await listener.accept();
  const hello = new Uint8Array(4096);
  const size = await connection.read(hello) ?? 0;
  connection.close();
  listener.close();
  await assertRejects(() => opening);
  assertEquals(extensionsOf(hello.subarray(0, size)).includes(16), false);
});

Deno.test("abort gives up a TLS handshake that is not answered", async () => {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const control = new AbortController();
  const opening = open({
    url: `https://127.0.0.1:${listener.addr.port}`,
    signal: control.signal,
  });
  const connection = await listener.accept();
  control.abort(new Error("enough waited"));
  await assertRejects(() => opening, Error, "enough waited");
  const buffer = new Uint8Array(4096);
  while (await connection.read(buffer).catch(() => null) !== null);
  connection.close();
  listener.close();
});

/** Extension numbers of a ClientHello (RFC 8446, section 4.1.2). */
function extensionsOf(hello: Uint8Array): number[] {
  const view = new DataView(hello.buffer, hello.byteOffset, hello.byteLength);
  // Record head, handshake head, version, random, session id.
  let at = 5 + 4 + 2 + 32;
  at += 1 + view.getUint8(at);
  at += 2 + view.getUint16(at);
  at += 1 + view.getUint8(at);
  const end = at + 2 + view.getUint16(at);
  const found: number[] = [];
  for (at += 2; at < end; at += 4 + view.getUint16(at + 2)) {
    found.push(view.getUint16(at));
  }
  return found;
}
