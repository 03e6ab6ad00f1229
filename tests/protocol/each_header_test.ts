/** Every header of a message, as `Headers.forEach` has them. */
import { assertEquals } from "@std/assert";
import { eachHeader, usualLines } from "../../lib/protocol/each_header.ts";
import { seeded } from "../support/random.ts";

type Line = [name: string, value: string];

function linesOf(headers: Headers): Line[] {
  const lines: Line[] = [];
  eachHeader(headers, (value, name) => lines.push([name, value]));
  return lines;
}

/** What a server of the runtime sees of a request with these lines. */
async function received(lines: readonly string[]): Promise<Line[]> {
  const seen = Promise.withResolvers<Line[]>();
  await using server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => {} },
    ({ headers }) => {
      seen.resolve(linesOf(headers));
      return new Response(null, { headers: { connection: "close" } });
    },
  );
  using conn = await Deno.connect({ port: server.addr.port });
  const head = `GET / HTTP/1.1\r\nhost: a\r\n${lines.join("\r\n")}\r\n\r\n`;
  await conn.write(new TextEncoder().encode(head));
  return await seen.promise;
}

Deno.test("the lines of a request come in its order", async () => {
  const lines = ["x-b: 1", "accept: ", "x-a:  two, three ", "cookie: a=b"];
  assertEquals(await received(lines), [
    ["host", "a"],
    ["x-b", "1"],
    ["accept", ""],
    ["x-a", "two, three"],
    ["cookie", "a=b"],
  ]);
});

Deno.test("the lines of an answer come in its order", async () => {
  await using server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => {} },
    () => new Response(null, { headers: { "x-b": "1", "x-a": "2" } }),
  );
  const answer = await fetch(`http://127.0.0.1:${server.addr.port}/`);
  await answer.body?.cancel();
  assertEquals(linesOf(answer.headers).slice(0, 2), [["x-b", "1"], [
    "x-a",
    "2",
  ]]);
});

Deno.test("names come in lower case", async () => {
  assertEquals(await received(["X-B: 1", "x-A: 2"]), [
    ["host", "a"],
    ["x-b", "1"],
    ["x-a", "2"],
  ]);
});

Deno.test("lines of one name come as one", async () => {
  assertEquals(await received(["x-b: 1", "X-A: 2", "x-b: 3"]), [
    ["host", "a"],
    ["x-a", "2"],
    ["x-b", "1, 3"],
  ]);
});

Deno.test("they are the lines that forEach has", () => {
  const random = seeded(1129);
  const names = ["x-a", "X-A", "x-b", "accept", "Set-Cookie", "cookie", "te"];
  for (let round = 0; round < 300; round++) {
    const headers = new Headers();
    for (let left = random.int(8); left > 0; left--) {
      headers.append(random.pick(names), String(random.int(5)));
    }
    const expected: Line[] = [];
    headers.forEach((value, name) => expected.push([name, value]));
    assertEquals(linesOf(headers).toSorted(), expected.toSorted());
  }
});

const UNUSUAL: readonly (readonly [what: string, lines: unknown])[] = [
  ["no list", undefined],
  ["a list of names", ["a", "b"]],
  ["a line of three", [["a", "b", "c"]]],
  ["a value that is no text", [["a", 1]]],
  ["a name that comes twice", [["a", "1"], ["b", "2"], ["A", "3"]]],
  ["a long list", Array.from({ length: 65 }, (_, at) => [`x-${at}`, ""])],
];

for (const [what, lines] of UNUSUAL) {
  Deno.test(`forEach reads ${what}`, () =>
    assertEquals(usualLines(lines), undefined));
}
