/** Bodies that never end, break, or are too many: each is one caller's loss. */
import { assert, assertEquals } from "@std/assert";
import { Caller, createFrame, said, say } from "../support/caller.ts";
import { writeAll } from "../support/connection.ts";
import { startTestGateway, type TestGateway } from "../support/gateway.ts";
import { statusWhen } from "../support/status.ts";
import { exchange, rawRequest } from "../support/raw_http.ts";

const encoder = new TextEncoder();

type Header = readonly [name: string, value: string];

/** A request whose head promises more than `sent`, on a connection of its own. */
async function begin(
  { gateway }: TestGateway,
  { length, sent }: {
    readonly length: number | "chunked";
    readonly sent: string;
  },
  ...more: readonly Header[]
): Promise<Deno.TcpConn> {
  const { hostname, port, host } = new URL(gateway.publicOrigin);
  const connection = await Deno.connect({ hostname, port: Number(port) });
  const size: Header = length === "chunked"
    ? ["transfer-encoding", "chunked"]
    : ["content-length", String(length)];
  const text = rawRequest({
    method: "POST",
    target: "/v1/responses",
    headers: [
      ["host", host],
      ["content-type", "application/json"],
      size,
      ...more,
    ],
    body: sent,
  });
  const bytes = encoder.encode(text);
  await writeAll(connection, bytes);
  return connection;
}

/** The status line of what comes back, if anything does. */
async function statusOn(connection: Deno.TcpConn): Promise<string> {
  const buffer = new Uint8Array(1024);
  const size = await connection.read(buffer).catch(() => null);
  const text = new TextDecoder().decode(buffer.subarray(0, size ?? 0));
  return text.slice(0, "HTTP/1.1 200".length);
}

function assertNoBug(test: TestGateway): void {
  assertEquals(test.log.filter(({ level }) => level === "error"), []);
  assertEquals(test.simulator.requests, []);
}

Deno.test("a broken chunk is the caller's mistake", async () => {
  await using test = await startTestGateway();
  for (const broken of ["zz\r\n{}\r\n0\r\n\r\n", "2\r\n{}x\r\n0\r\n\r\n"]) {
    const expect = ["expect", "100-continue"] as const;
    using connection = await begin(
      test,
      { length: "chunked", sent: "" },
      expect,
    );
    // What breaks beside its head the runtime answers itself.
    assertEquals(await statusOn(connection), "HTTP/1.1 100");
    await connection.write(encoder.encode(broken));
    assertEquals(await statusOn(connection), "HTTP/1.1 400");
  }
  assertNoBug(test);
});

Deno.test("a caller that leaves within its body is nobody's bug", async () => {
  await using test = await startTestGateway();
  for (const length of [1000, 1_000_000, "chunked"] as const) {
    const sent = length === "chunked" ? "2\r\n{}\r\n" : "{";
    const connection = await begin(test, { length, sent });
    connection.close();
  }
  // Whatever became of them has become of them before this one is answered.
  await test.turn({ stream: false }).then((answer) => answer.body?.cancel());
  assertEquals(test.log.filter(({ level }) => level === "error"), []);
});

Deno.test("a body that does not go on is answered, and is not held", async () => {
  await using test = await startTestGateway({ bodies: { idleMs: 50 } });
  for (const length of [1000, 1_000_000, "chunked"] as const) {
    const sent = length === "chunked" ? "2\r\n{}\r\n" : "{";
    using connection = await begin(test, { length, sent });
    assertEquals(await statusOn(connection), "HTTP/1.1 408");
  }
  assertNoBug(test);
});

Deno.test("bodies that never end leave room for others, or say when", async () => {
  await using test = await startTestGateway({
    bodies: { allBytes: 1_000_000, idleMs: 60_000 },
  });
  const part = "x".repeat(400_000);
  const body = { length: 500_000, sent: part };
  const held = [await begin(test, body), await begin(test, body)];
  const { bodies } = await statusWhen(
    test,
    (status) => status.bodies.held_bytes === 2 * part.length,
  );
  assertEquals(bodies, {
    held_bytes: 2 * part.length,
    limit_bytes: 1_000_000,
    refused: 0,
  });
  const third = await begin(test, body);
  assertEquals(await statusOn(third), "HTTP/1.1 503");
  third.close();

  const origin = new URL(test.gateway.publicOrigin);
  const refused = await exchange(
    origin.href,
    rawRequest({
      method: "POST",
      target: "/v1/responses",
      headers: [
        ["host", origin.host],
        ["content-type", "application/json"],
        ["content-length", String(part.length)],
      ],
      body: part,
    }),
  );
  assertEquals(refused.status, 503);
  assertEquals(refused.headers.get("retry-after"), "1");
  assertEquals(JSON.parse(refused.body).error.code, "gateway_busy");
  assertNoBug(test);

  for (const connection of held) connection.close();
  await statusWhen(test, (status) => status.bodies.held_bytes === 0);
  const answer = await test.turn({ instructions: part });
  assert((await answer.text()).includes("response.completed"));
});

Deno.test("a frame takes room until its turn is over, and is refused without", async () => {
  await using test = await startTestGateway({
    websockets: true,
    bodies: { allBytes: 1_000_000 },
  });
  test.account("a").fault({ kind: "silence", after: 5, ms: Infinity });
  const long = createFrame({ input: say("x".repeat(600_000)) });
  using first = await Caller.open(test);
  await first.send(long);
  await first.next();
  using second = await Caller.open(test);
  await second.send(long);
  const refused = await second.next();
  assertEquals(refused?.type, "error");
  assertEquals(refused?.["status"], 503);
  assertEquals(refused?.["headers"], { "retry-after": "1" });

  first.cut();
  const { bodies } = await statusWhen(
    test,
    (status) => status.bodies.held_bytes === 0,
  );
  assertEquals([bodies.held_bytes, bodies.refused], [0, 1]);
  await second.send(long);
  assertEquals(said(await second.answer()).length, 600_000);
  const after = await statusWhen(
    test,
    (status) => status.bodies.held_bytes === 0,
  );
  assertEquals(after.bodies.held_bytes, 0);
});

Deno.test("a session that always has a turn queued gives back what is over", async () => {
  await using test = await startTestGateway({
    websockets: true,
    bodies: { allBytes: 1_000_000 },
  });
  // Slow, so that the next turn is there before it ends.
  const slow = { kind: "silence", after: 5, ms: 30 } as const;
  test.account("a").fault(slow, Infinity);
  using caller = await Caller.open(test);
  const frame = createFrame({ input: say("x".repeat(200_000)) });
  await caller.send(frame);
  for (let turn = 0; turn < 12; turn++) {
    await caller.send(frame);
    assertEquals(said(await caller.answer()).length, 200_000);
  }
  await caller.answer();
  const { bodies } = await statusWhen(
    test,
    (status) => status.bodies.held_bytes === 0,
  );
  assertEquals([bodies.held_bytes, bodies.refused], [0, 0]);
});

Deno.test("a frame without room is refused behind the turn that runs", async () => {
  await using test = await startTestGateway({
    websockets: true,
    bodies: { allBytes: 300_000 },
  });
  using caller = await Caller.open(test);
  const frame = createFrame({ input: say("x".repeat(200_000)) });
  await caller.send(frame);
  await caller.send(frame);
  assertEquals(said(await caller.answer()).length, 200_000);
  assertEquals((await caller.next())?.["status"], 503);
  assertEquals(said(await caller.turn()), "hello");
});
