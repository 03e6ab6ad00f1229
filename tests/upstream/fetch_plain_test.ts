import { assert, assertEquals, assertRejects } from "@std/assert";
import { createServer, type ServerResponse } from "node:http";
import {
  brotliCompressSync,
  createBrotliCompress,
  createDeflate,
  createGzip,
  createZstdCompress,
  deflateSync,
  gzipSync,
  zstdCompressSync,
} from "node:zlib";
import type { HeaderLine } from "../../lib/protocol/headers.ts";
import type { OutgoingRequest } from "../../lib/runtime.ts";
import { fetchPlain } from "../../lib/upstream/fetch_plain.ts";
import { system } from "../support/system.ts";

interface Server extends AsyncDisposable {
  readonly url: URL;
  /** `accept-encoding` lines, one request after the other. */
  readonly asked: readonly (string | undefined)[];
}

async function serve(
  answer: (response: ServerResponse) => void,
): Promise<Server> {
  const asked: (string | undefined)[] = [];
  const server = createServer((request, response) => {
    asked.push(request.headers["accept-encoding"]);
    answer(response);
  });
  await new Promise<void>((resolve) =>
    server.listen(0, "127.0.0.1", () => resolve())
  );
  const address = server.address();
  const port = typeof address === "object" ? address?.port : undefined;
  return {
    url: new URL(`http://127.0.0.1:${port}/`),
    asked,
    [Symbol.asyncDispose]: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function get(
  url: URL,
  asked: string | undefined,
  more: Partial<OutgoingRequest> = {},
) {
  const headers: HeaderLine[] = asked === undefined
    ? []
    : [["accept-encoding", asked]];
  const { signal } = new AbortController();
  return fetchPlain(
    system,
    { method: "GET", url, headers, body: undefined, signal, ...more },
  );
}

const TEXT = "event: one\ndata: {}\n\n".repeat(50);

const CODINGS = {
  "gzip": { whole: gzipSync, flowing: () => createGzip() },
  "GZIP": { whole: gzipSync, flowing: () => createGzip() },
  "x-gzip": { whole: gzipSync, flowing: () => createGzip() },
  "deflate": { whole: deflateSync, flowing: () => createDeflate() },
  "br": { whole: brotliCompressSync, flowing: () => createBrotliCompress() },
  "zstd": { whole: zstdCompressSync, flowing: () => createZstdCompress() },
};

/** What fetch itself decodes depends on it. */
const ASKED = [undefined, "identity", "zstd,gzip", "gzip, deflate, br, zstd"];

for (const [name, { whole, flowing }] of Object.entries(CODINGS)) {
  for (const asked of ASKED) {
    const title = `${name}, asked for ${asked ?? "nothing"}`;

    Deno.test(`fetchPlain() gives an answer without its coding: ${title}`, async () => {
      const encoded = whole(TEXT);
      await using server = await serve((response) => {
        response.writeHead(200, {
          "content-encoding": name,
          "content-length": encoded.length,
          "x-kept": "1",
        });
        response.end(encoded);
      });
      for (const once of [false, true]) {
        const response = await get(server.url, asked, { once });
        assertEquals(response.status, 200);
        const { headers } = response;
        assertEquals(headers.get("content-encoding"), null);
        assertEquals(headers.get("content-length"), null);
        assertEquals(headers.get("x-kept"), "1");
        assertEquals(await response.text(), TEXT);
      }
      assertEquals(new Set(server.asked), new Set([asked ?? "identity"]));
    });

    Deno.test(`fetchPlain() gives what has been flushed at once: ${title}`, async () => {
      const step = Promise.withResolvers<() => void>();
      await using server = await serve((response) => {
        response.writeHead(200, { "content-encoding": name });
        const encoder = flowing();
        encoder.on("data", (part: Uint8Array) => response.write(part));
        encoder.on("end", () => response.end());
        encoder.write("event: one\n\n");
        encoder.flush();
        step.resolve(() => encoder.end("event: two\n\n"));
      });
      const response = await get(server.url, asked, { stream: true });
      const reader = response.body?.getReader({ mode: "byob" });
      assert(reader);
      const decoder = new TextDecoder();
      let got = "";
      const readMore = async () => {
        const { done, value } = await reader.read(new Uint8Array(64));
        got += decoder.decode(value);
        return !done;
      };
      while (got.length < "event: one\n\n".length) await readMore();
      assertEquals(got, "event: one\n\n");
      // It goes on only now: nothing may have been waited for.
      (await step.promise)();
      while (await readMore());
      assertEquals(got, "event: one\n\nevent: two\n\n");
    });

    Deno.test(`fetchPlain() does not take a cut coding for an end: ${title}`, async () => {
      const encoded = whole(TEXT);
      const cut = encoded.subarray(0, encoded.length - 6);
      await using server = await serve((response) => {
        response.writeHead(200, { "content-encoding": name });
        response.end(cut);
      });
      const response = await get(server.url, asked);
      await assertRejects(() => response.bytes());
    });
  }
}

Deno.test("fetchPlain() refuses a coding that nobody asked for and nobody can undo", async () => {
  await using server = await serve((response) => {
    response.writeHead(200, { "content-encoding": "dcz" });
    response.end("?");
  });
  await assertRejects(
    () => get(server.url, "zstd,gzip"),
    Error,
    'the answer has content-encoding "dcz", which was not asked for',
  );
});

Deno.test("fetchPlain() lets an answer without a body, or without a coding, be", async () => {
  await using server = await serve((response) => {
    response.writeHead(204, { "content-encoding": "gzip" });
    response.end();
  });
  const empty = await get(server.url, "zstd,gzip");
  assertEquals([empty.status, empty.body], [204, null]);

  await using other = await serve((response) => {
    response.writeHead(200, {
      "content-encoding": "identity",
      "content-length": 2,
    });
    response.end("ok");
  });
  assertEquals(await (await get(other.url, undefined)).text(), "ok");
});

Deno.test("no other file of lib/ calls Runtime.fetch", async () => {
  const lib = new URL("../../lib/", import.meta.url);
  const callers = (await sources(lib)).filter(({ text }) =>
    /\bruntime\.fetch\(/.test(text)
  );
  assertEquals(callers.map(({ path }) => path), ["upstream/fetch_plain.ts"]);
});

async function sources(
  folder: URL,
  path = "",
): Promise<{ readonly path: string; readonly text: string }[]> {
  const found: { readonly path: string; readonly text: string }[] = [];
  for await (const { name, isDirectory } of Deno.readDir(folder)) {
    if (isDirectory) {
      found.push(
        ...await sources(new URL(`${name}/`, folder), `${path}${name}/`),
      );
    } else if (name.endsWith(".ts")) {
      const text = await Deno.readTextFile(new URL(name, folder));
      found.push({ path: `${path}${name}`, text });
    }
  }
  return found;
}
