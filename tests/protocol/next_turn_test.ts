import { assertEquals, assertGreater } from "@std/assert";
import { nextTurn } from "../../lib/protocol/next_turn.ts";
import { decodeZstdInTurns, encodeZstd } from "../../lib/protocol/zstd/zstd.ts";

/** A request over a real socket, whose server and client are this process. */
async function exchange(port: number): Promise<void> {
  const response = await fetch(`http://127.0.0.1:${port}/`);
  assertEquals(await response.text(), "hello");
}

/** How many turns pass until a request that has just begun is answered. */
async function turnsOf(turn: () => Promise<void>): Promise<number> {
  await using server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen() {} },
    () => new Response("hello"),
  );
  await exchange(server.addr.port);
  let answered = false;
  const asked = exchange(server.addr.port).then(() => {
    answered = true;
  });
  let turns = 0;
  for (; !answered; turns++) await turn();
  await asked;
  return turns;
}

Deno.test("nextTurn lets sockets have their turn", async () => {
  const often = await turnsOf(nextTurn);
  const once = await turnsOf(() =>
    new Promise((resolve) => void setImmediate(resolve))
  );
  // The reason for what it does: a turn of the event loop alone is not enough.
  assertGreater(once, 5 * often);
});

Deno.test("a request is answered while a large body is decoded and encoded", async () => {
  await using server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen() {} },
    () => new Response("hello"),
  );
  await exchange(server.addr.port);
  const text = "say hello to the gateway, and a number: ";
  const body = new TextEncoder().encode(
    Array.from({ length: 300_000 }, (_, i) => text + i).join("\n"),
  );
  const order: string[] = [];
  const encoding = Promise.resolve(encodeZstd(body)).then((frame) => {
    order.push("encoded");
    return frame;
  });
  await exchange(server.addr.port).then(() => order.push("answered"));
  const frame = await encoding;
  const decoding = decodeZstdInTurns(frame, {
    limit: body.length,
    take: () => true,
  }).then(() => order.push("decoded"));
  await exchange(server.addr.port).then(() => order.push("answered"));
  await decoding;
  assertEquals(order, ["answered", "encoded", "answered", "decoded"]);
});
