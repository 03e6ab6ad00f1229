import { assertEquals } from "@std/assert";
import { encode } from "../support/frames.ts";

const PROBE = new URL("abort_probe.ts", import.meta.url);
const HALF = [
  "HTTP/1.1 200 OK",
  "Content-Type: application/json",
  "Content-Length: 100",
  "",
  '{"data":[',
].join("\r\n");

for (const how of ["pooled", "once"]) {
  Deno.test(`an abort ends an answer that has begun, whatever garbage was collected (${how})`, async () => {
    using server = halfAnswers();
    const { stdout } = await new Deno.Command("deno", {
      args: [
        "run",
        "--no-prompt",
        "--allow-net=127.0.0.1",
        "--v8-flags=--expose-gc",
        PROBE.href,
        `http://127.0.0.1:${server.port}/`,
        how,
      ],
      stderr: "inherit",
    }).output();
    assertEquals(new TextDecoder().decode(stdout), "0\n");
    await server.over();
  });
}

/** Each connection gets half an answer, and is then left alone. */
function halfAnswers() {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const served: Promise<void>[] = [];
  const loop = (async () => {
    for await (const connection of listener) served.push(serve(connection));
  })().catch(() => {});
  return {
    port: listener.addr.port,
    over: async () => {
      listener.close();
      await loop;
      await Promise.all(served);
    },
    [Symbol.dispose]: () => {
      try {
        listener.close();
      } catch {
        // Closed before.
      }
    },
  };
}

async function serve(connection: Deno.Conn): Promise<void> {
  using peer = connection;
  const bytes = new Uint8Array(4096);
  await peer.read(bytes).catch(() => null);
  await peer.write(encode(HALF)).catch(() => 0);
  while (await peer.read(bytes).catch(() => null) !== null);
}
