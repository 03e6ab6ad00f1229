import { assertEquals, assertRejects } from "@std/assert";
import { concat } from "@std/bytes";
import {
  type BodySource,
  bodySource,
  type Chunk,
} from "../../lib/relay/body_source.ts";

const encoder = new TextEncoder();
const HEAD = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n";
const HELLO = "5\r\nhello\r\n";
const END = "0\r\n\r\n";

interface Upstream extends AsyncDisposable {
  /** The body of its answer, read in the way that is asked for. */
  source(kind: BodySource["kind"]): Promise<BodySource>;
  write(text: string): Promise<void>;
  /** Resolves when the gateway's side has closed. */
  closed(): Promise<void>;
  cut(): void;
}

/** Answers one request, with what the test writes. */
async function upstream(): Promise<Upstream> {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const client = Deno.createHttpClient({});
  const accepted = listener.accept();
  const answer = fetch(`http://127.0.0.1:${listener.addr.port}/`, { client });
  const conn = await accepted;
  const buffer = new Uint8Array(4096);
  await conn.read(buffer);
  await conn.write(encoder.encode(HEAD));
  let isOpen = true;
  const cut = () => {
    if (isOpen) conn.close();
    isOpen = false;
  };
  return {
    async source(kind) {
      const { body } = await answer;
      if (body === null) throw new Error("no body");
      const source = bodySource(kind === "stream" ? bytesOf(body) : body);
      // This is what holds the runtime to what is known of its inside.
      assertEquals(source.kind, kind);
      return source;
    },
    async write(text) {
      await conn.write(encoder.encode(text));
    },
    async closed() {
      while (await conn.read(buffer) !== null);
    },
    cut,
    async [Symbol.asyncDispose]() {
      await (await answer).body?.cancel().catch(() => {});
      cut();
      listener.close();
      client.close();
    },
  };
}

/** A stream with nothing of the runtime's behind it. */
function bytesOf(body: ReadableStream<Chunk>): ReadableStream<Chunk> {
  const reader = body.getReader();
  return new ReadableStream({
    type: "bytes",
    async pull(controller) {
      const { done, value } = await reader.read();
      if (!done) return controller.enqueue(value);
      controller.close();
      controller.byobRequest?.respond(0);
    },
    cancel: (reason) => reader.cancel(reason),
  });
}

function read(source: BodySource): Promise<Chunk | undefined> {
  return new Promise((came, broke) => source.read(came, broke));
}

async function textOf(source: BodySource): Promise<string> {
  const chunks: Chunk[] = [];
  while (true) {
    const chunk = await read(source);
    if (chunk === undefined) return new TextDecoder().decode(concat(chunks));
    chunks.push(chunk.slice());
  }
}

for (const kind of ["resource", "stream"] as const) {
  Deno.test(`a body by its ${kind} is read to its end, and stays ended`, async () => {
    await using server = await upstream();
    const source = await server.source(kind);
    await server.write(HELLO + HELLO + END);
    assertEquals(await textOf(source), "hellohello");
    assertEquals(await read(source), undefined);
  });

  Deno.test(`a body by its ${kind} that is longer than a chunk is whole`, async () => {
    await using server = await upstream();
    const source = await server.source(kind);
    const text = "0123456789abcdef".repeat(4096);
    await server.write(`${text.length.toString(16)}\r\n${text}\r\n${END}`);
    assertEquals(await textOf(source), text);
  });

  Deno.test(`a body by its ${kind} that is cut rejects`, async () => {
    await using server = await upstream();
    const source = await server.source(kind);
    await server.write(HELLO);
    assertEquals((await read(source))?.length, 5);
    const next = read(source);
    server.cut();
    await assertRejects(() => next, TypeError, "error reading a body");
  });

  Deno.test(`cancel ends a body by its ${kind} in the midst of a read`, async () => {
    await using server = await upstream();
    const source = await server.source(kind);
    await server.write(HELLO);
    assertEquals((await read(source))?.length, 5);
    const next = read(source);
    await source.cancel();
    assertEquals(await next, undefined);
    assertEquals(await read(source), undefined);
    await server.closed();
  });
}
