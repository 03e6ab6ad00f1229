import {
  brotliCompressSync,
  constants,
  deflateRawSync,
  deflateSync,
  gzipSync,
  zstdCompressSync,
} from "node:zlib";
import { concat } from "@std/bytes";
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { readBody as readWithin } from "../../lib/downstream/body.ts";
import { BodyBudget } from "../../lib/downstream/body_budget.ts";
import { after } from "../support/system.ts";

type Bytes = Uint8Array<ArrayBuffer>;

const encoder = new TextEncoder();
const LIMIT = 4096;
const TEXT = encoder.encode('{"model":"m","input":"ä€😀"}');

const CODINGS: ReadonlyArray<[name: string, encode: (b: Bytes) => Bytes]> = [
  ["gzip", (bytes) => new Uint8Array(gzipSync(bytes))],
  ["x-gzip", (bytes) => new Uint8Array(gzipSync(bytes))],
  ["deflate", (bytes) => new Uint8Array(deflateSync(bytes))],
  ["br", brotli],
  ["zstd", (bytes) => new Uint8Array(zstdCompressSync(bytes))],
];

/** Fast: the best quality takes seconds for a bomb. */
function brotli(bytes: Bytes): Bytes {
  const params = { [constants.BROTLI_PARAM_QUALITY]: 1 };
  return new Uint8Array(brotliCompressSync(bytes, { params }));
}

function request(
  body: BodyInit | null,
  headers: Readonly<Record<string, string>> = {},
): Request {
  return new Request("http://127.0.0.1/", {
    method: "POST",
    body,
    headers: { "content-type": "application/json", ...headers },
  });
}

/** By default with more than enough room for all bodies. */
function readBody(
  request: Request,
  limit: number,
  { held = new BodyBudget(100_000_000).open(), idleMs = 60_000 } = {},
) {
  return readWithin(request, { limit, held, idleMs, after });
}

/** What came of a body, in words that fit into a table. */
async function outcome(
  body: BodyInit | null,
  headers: Readonly<Record<string, string>> = {},
  limit = LIMIT,
): Promise<string> {
  const read = await readBody(request(body, headers), limit);
  if (!read.ok) return `${read.error.status} ${read.error.message}`;
  return new TextDecoder().decode(read.value.bytes);
}

const TYPES: ReadonlyArray<[type: string, ok: boolean]> = [
  ["application/json", true],
  ["application/json; charset=utf-8", true],
  ["Application/JSON ;x=y", true],
  ["application/vnd.api+json", true],
  ["", false],
  ["text/plain", false],
  ["text/plain; a=application/json", false],
  ["text/plain, application/json", false],
  ["application/x-www-form-urlencoded", false],
  ["multipart/form-data; boundary=x", false],
  ["application/jsonp", false],
];

for (const [type, ok] of TYPES) {
  Deno.test(`readBody ${ok ? "takes" : "refuses"} "${type}"`, async () => {
    const got = await outcome("{}", { "content-type": type });
    if (ok) return assertEquals(got, "{}");
    assert(got.startsWith(`415 content-type "${type}" is not`), got);
  });
}

Deno.test("readBody refuses a body without a content type", async () => {
  const bare = new Request("http://127.0.0.1/", { method: "POST", body: TEXT });
  const read = await readBody(bare, LIMIT);
  assertEquals(!read.ok && read.error.status, 415);
});

Deno.test("readBody gives no bytes for no body, and for an empty one", async () => {
  assertEquals(await outcome(null), "");
  assertEquals(await outcome(new Uint8Array()), "");
});

Deno.test("readBody takes exactly the limit and not one byte more", async () => {
  const full = "a".repeat(LIMIT);
  assertEquals(await outcome(full), full);
  assert((await outcome(`${full}a`)).startsWith("413 "));
  const length = { "content-length": String(LIMIT) };
  assertEquals(await outcome(full, length), full);
});

Deno.test("readBody does not touch a body that says it is too large", async () => {
  const body = new ReadableStream<Bytes>({
    pull() {
      throw new Error("was read");
    },
  }, { highWaterMark: 0 });
  const big = { "content-length": String(LIMIT + 1) };
  const got = await outcome(body, big);
  assertEquals(
    got,
    `413 Request body is larger than ${LIMIT} bytes; raise --max-body-bytes`,
  );
});

Deno.test("readBody stops reading an endless body at the limit", async () => {
  let sent = 0;
  let cancelled = false;
  const endless = new ReadableStream<Bytes>({
    pull(controller) {
      sent += 1024;
      controller.enqueue(new Uint8Array(1024));
    },
    cancel() {
      cancelled = true;
    },
  });
  assert((await outcome(endless)).startsWith("413 "));
  assert(cancelled);
  assert(sent <= LIMIT + 8 * 1024, `${sent} bytes were taken`);
});

for (const [coding, encode] of CODINGS) {
  Deno.test(`readBody decodes ${coding} and keeps it as it came`, async () => {
    const wire = encode(TEXT);
    const headers = { "content-encoding": ` ${coding.toUpperCase()} ` };
    const read = await readBody(request(wire, headers), LIMIT);
    assert(read.ok);
    assertEquals({ ...read.value, borders: [] }, {
      coding,
      wire,
      bytes: TEXT,
      borders: [],
    });
  });

  Deno.test(`readBody takes ${coding} of exactly the limit`, async () => {
    const headers = { "content-encoding": coding };
    const at = await outcome(encode(new Uint8Array(LIMIT).fill(97)), headers);
    assertEquals(at, "a".repeat(LIMIT));
    const over = await outcome(encode(new Uint8Array(LIMIT + 1)), headers);
    assert(over.startsWith("413 "), over);
  });

  Deno.test(`readBody never holds what a ${coding} bomb unfolds to`, async () => {
    const bomb = encode(new Uint8Array(64 * 1024 * 1024));
    const before = Deno.memoryUsage().rss;
    const headers = { "content-encoding": coding };
    const got = await outcome(bomb, headers, 1_000_000);
    const grown = Deno.memoryUsage().rss - before;
    assert(got.startsWith("413 "), got);
    assert(grown < 48 * 1024 * 1024, `memory grew by ${grown} bytes`);
  });

  const whole = encode(TEXT);
  const broken: ReadonlyArray<[what: string, wire: Bytes]> = [
    ["nothing", new Uint8Array()],
    ["words", encoder.encode("not compressed at all")],
    ["a cut end", whole.slice(0, -3)],
    ["a cut half", whole.slice(0, whole.length >> 1)],
    ["a tail", concat([whole, encoder.encode("garbage")])],
  ];
  for (const [what, wire] of broken) {
    Deno.test(`readBody refuses ${coding} that is ${what}`, async () => {
      const got = await outcome(wire, { "content-encoding": coding });
      const name = coding.replace("x-", "");
      assertStringIncludes(got, `400 Request body is not valid ${name}`);
    });
  }
}

Deno.test("readBody reads every member of gzip, one frame of zstd", async () => {
  const [first, second] = [TEXT.slice(0, 9), TEXT.slice(9)];
  const two = (encode: (bytes: Bytes) => Uint8Array) =>
    concat([new Uint8Array(encode(first)), new Uint8Array(encode(second))]);
  const gzip = await outcome(two(gzipSync), { "content-encoding": "gzip" });
  assertEquals(gzip, new TextDecoder().decode(TEXT));
  const zstd = await outcome(two(zstdCompressSync), {
    "content-encoding": "zstd",
  });
  assertStringIncludes(zstd, "400 Request body is not valid zstd");
});

Deno.test("readBody takes deflate in its zlib wrapping only", async () => {
  const got = await outcome(new Uint8Array(deflateRawSync(TEXT)), {
    "content-encoding": "deflate",
  });
  assertStringIncludes(got, "400 Request body is not valid deflate");
});

for (const coding of ["compress", "gzip, br", "aws-chunked", "constructor"]) {
  Deno.test(`readBody refuses content-encoding ${coding}`, async () => {
    const got = await outcome(TEXT, { "content-encoding": coding });
    assertEquals(
      got,
      `415 content-encoding "${coding}" is not supported; expected gzip, deflate, br or zstd`,
    );
  });
}

for (const coding of ["identity", "", "IDENTITY"]) {
  Deno.test(`readBody takes content-encoding "${coding}" as none`, async () => {
    const read = await readBody(
      request(TEXT, { "content-encoding": coding }),
      LIMIT,
    );
    assert(read.ok);
    assertEquals(read.value.coding, undefined);
    assertEquals(read.value.bytes, TEXT);
  });
}

Deno.test("readBody gives 20 MB back byte for byte, length known or not", async () => {
  const size = 20_000_000;
  const bytes = new Uint8Array(size);
  for (let at = 0; at < size; at += 4099) {
    bytes.fill(at >> 4, at, at + 4099);
  }
  const digest = await crypto.subtle.digest("SHA-256", bytes);
  const pieces = () =>
    new ReadableStream<Bytes>({
      start(controller) {
        for (let at = 0; at < size; at += 100_003) {
          controller.enqueue(bytes.slice(at, at + 100_003));
        }
        controller.close();
      },
    });
  for (const headers of [{}, { "content-length": String(size) }]) {
    const read = await readBody(request(pieces(), headers), size);
    assert(read.ok);
    assertEquals(read.value.bytes.length, size);
    const got = await crypto.subtle.digest("SHA-256", read.value.bytes);
    assertEquals(got, digest);
  }
});

Deno.test("readBody tells of a body shorter than its length says", async () => {
  for (const length of ["300", "300000"]) {
    const got = await outcome(new Blob([TEXT]).stream(), {
      "content-length": length,
    }, 400_000);
    assert(
      got.startsWith("400 Request body ended before it was complete"),
      got,
    );
  }
});

Deno.test("readBody tells of a body that breaks", async () => {
  for (const headers of [{}, { "content-length": "300000" }]) {
    const broken = new ReadableStream<Bytes>({
      pull(controller) {
        controller.error(new TypeError("bad chunk"));
      },
    });
    assertEquals(
      await outcome(broken, headers, 400_000),
      "400 Request body ended before it was complete: bad chunk",
    );
  }
});

Deno.test("readBody holds what it has read, and what it has unfolded", async () => {
  const budget = new BodyBudget(1000);
  const wire = new Uint8Array(gzipSync(TEXT));
  {
    using held = budget.open();
    const headers = { "content-encoding": "gzip" };
    const read = await readBody(request(wire, headers), LIMIT, { held });
    assert(read.ok);
    assertEquals(budget.held, wire.length + TEXT.length);
  }
  assertEquals([budget.held, budget.refused], [0, 0]);
});

Deno.test("readBody counts large bodies while it decodes them side by side", async () => {
  const content = new Uint8Array(1_000_000).fill(97);
  const wire = new Uint8Array(zstdCompressSync(content));
  const budget = new BodyBudget(1_500_000);
  const held = [budget.open(), budget.open()];
  const headers = { "content-encoding": "zstd" };
  const reads = await Promise.all(
    held.map((held) => readBody(request(wire, headers), 2_000_000, { held })),
  );
  const statuses = reads.map((read) => read.ok ? 200 : read.error.status);
  assert(statuses.includes(503), `${statuses}`);
  for (const one of held) one[Symbol.dispose]();
  assertEquals([budget.held, budget.refused > 0], [0, true]);
  using alone = budget.open();
  const read = await readBody(request(wire, headers), 2_000_000, {
    held: alone,
  });
  assert(read.ok);
  assertEquals(read.value.bytes, content);
  assertEquals(budget.held, wire.length + content.length);
});

const FULL: ReadonlyArray<
  [what: string, body: BodyInit, headers: Readonly<Record<string, string>>]
> = [
  ["small", "a".repeat(600), { "content-length": "600" }],
  ["of unknown length", new Blob(["a".repeat(600)]).stream(), {}],
  ["large", "a".repeat(300_000), { "content-length": "300000" }],
  ...CODINGS.map(([coding, encode]): [
    string,
    Bytes,
    Readonly<Record<string, string>>,
  ] => [
    coding,
    encode(new Uint8Array(2000)),
    { "content-encoding": coding },
  ]),
];

for (const [what, body, headers] of FULL) {
  Deno.test(`readBody asks to come back with a body that is ${what} when there is no room`, async () => {
    const budget = new BodyBudget(1000);
    using other = budget.open();
    assert(other.grow(500));
    {
      using held = budget.open();
      const read = await readBody(request(body, headers), 400_000, { held });
      assert(!read.ok);
      const { status, retryAfter } = read.error;
      assertEquals([status, retryAfter], [503, 1]);
    }
    assertEquals(budget.held, 500);
  });
}

for (
  const headers of [{}, { "content-length": "9" }, {
    "content-length": "300000",
  }]
) {
  Deno.test(`readBody does not wait for ever for ${JSON.stringify(headers)}`, async () => {
    let stop = () => {};
    const stalled = new ReadableStream<Bytes>({
      start(controller) {
        controller.enqueue(TEXT.slice(0, 4));
        stop = () => controller.close();
      },
      cancel() {
        stop = () => {};
      },
    });
    const budget = new BodyBudget(1000);
    using held = budget.open();
    const read = await readBody(request(stalled, headers), 400_000, {
      held,
      idleMs: 20,
    });
    assert(!read.ok);
    assertEquals(read.error.status, 408);
    assertEquals(read.error.message, "Request body did not go on for 0.02 s");
    stop();
  });
}
