/** What goes over an HTTP/2 connection, frame by frame. */
import { assert, assertEquals } from "@std/assert";
import {
  MAX_ONE_WRITE_BYTES,
  ONE_WRITE_PIECE_BYTES,
} from "../../lib/limits.ts";
import { systemRuntime } from "../../lib/runtime.ts";
import captured from "../fixtures/captures/h2-client-preface.json" with {
  type: "json",
};
import { DEADLINE } from "../support/deadline.ts";
import {
  FRAME,
  type Frame,
  FRAME_HEAD_BYTES,
  FramesUpstream,
} from "../support/h2_frames.ts";
import { rootCertificate } from "../support/h2_upstream.ts";
import { contentLength, firstNames } from "../support/hpack.ts";
import { SILENT } from "../support/system.ts";

/** What the head of the captured request takes. */
const CAPTURED_HEAD_BYTES = 726;

type Send = (
  method: string,
  body?: Uint8Array<ArrayBuffer>,
) => Promise<readonly Frame[]>;

/** Sends requests over one connection, as the gateway does for one login. */
async function sending(
  use: (send: Send, upstream: FramesUpstream) => Promise<void>,
): Promise<void> {
  await using upstream = await FramesUpstream.open();
  const runtime = systemRuntime({
    log: SILENT,
    rootCertificates: [await rootCertificate()],
  });
  using client = runtime.openClient();
  await use(async (method, body) => {
    const before = upstream.frames.length;
    const response = await runtime.fetch({
      method,
      url: new URL("/backend-api/codex/responses", upstream.url),
      headers: [["authorization", `Bearer ${"t".repeat(1500)}`]],
      body,
      signal: new AbortController().signal,
      client,
    });
    assertEquals(response.status, 200);
    await response.body?.cancel();
    return upstream.frames.slice(before);
  }, upstream);
}

Deno.test(
  "the first HTTP/2 frames are the official client's",
  DEADLINE,
  () =>
    sending(async (send, upstream) => {
      const frames = await send("GET");
      const [theirs] = captured.connections;
      assertEquals(
        upstream.preface.replaceAll("\r\n", "\\r\\n"),
        theirs?.preface,
      );
      assertEquals(frames.slice(0, 3).map(described), theirs?.frames);
      assertEquals(firstNames(frames[2]?.payload ?? new Uint8Array()), [
        ":method",
        ":scheme",
        ":authority",
        ":path",
      ]);
    }),
);

const SIZES: ReadonlyArray<readonly [bytes: number, isSplit: boolean]> = [
  [1, false],
  [ONE_WRITE_PIECE_BYTES, false],
  [1024, false],
  [1025, true],
  [2047, true],
  [5000, true],
  [MAX_ONE_WRITE_BYTES, true],
  [MAX_ONE_WRITE_BYTES + 1, false],
  [60_000, false],
];

for (const [size, isSplit] of SIZES) {
  const how = isSplit ? "in pieces, but one write" : "as it is";
  Deno.test(
    `a body of ${size} bytes goes ${how}`,
    DEADLINE,
    () =>
      sending(async (send, upstream) => {
        const body = new Uint8Array(size).map((_, at) => at % 251);
        // The first head of a connection is the largest, as none of its lines
        // is in the table of the server yet.
        for (const connection of ["new", "used"]) {
          upstream.records.length = 0;
          const frames = (await send("POST", body))
            .filter(({ stream }) => stream > 0);
          const [head] = frames;
          const data = frames.filter(({ type }) => type === FRAME.data)
            .map(({ payload }) => payload);
          assertEquals(await new Blob(data).bytes(), body, connection);
          assert(
            head?.payload.toHex().includes(contentLength(size).toHex()),
            `no length on a ${connection} connection`,
          );
          const longest = Math.max(...data.map(({ length }) => length));
          if (!isSplit) assertEquals(longest, Math.min(size, 16_384));
          if (isSplit) {
            assert(longest <= ONE_WRITE_PIECE_BYTES, `${longest}`);
            assert(
              upstream.records.includes(lengthOf(frames)),
              `${lengthOf(frames)} bytes came in ${upstream.records}`,
            );
          }
        }
      }),
  );
}

Deno.test(
  "a small body of any size goes in one write",
  DEADLINE,
  () =>
    sending(async (send, upstream) => {
      await send("POST", new Uint8Array(1));
      for (let size = 1025; size <= MAX_ONE_WRITE_BYTES; size += 97) {
        upstream.records.length = 0;
        const frames = (await send("POST", new Uint8Array(size)))
          .filter(({ stream }) => stream > 0);
        assertEquals(upstream.records, [lengthOf(frames)], `${size} bytes`);
      }
    }),
);

for (const refusal of ["REFUSED_STREAM", "GOAWAY"] as const) {
  Deno.test(
    `a body in pieces is sent again after ${refusal}`,
    DEADLINE,
    () =>
      sending(async (send, upstream) => {
        await send("POST", new Uint8Array(1));
        upstream.refusal = refusal;
        const frames = await send("POST", new Uint8Array(5000));
        const heads = frames.filter(({ type }) => type === FRAME.headers);
        assertEquals(heads.length, 2);
        const [again] = frames.filter(({ type }) => type === FRAME.data)
          .slice(-1);
        assertEquals(again?.payload.length, 5000);
      }),
  );
}

function lengthOf(frames: readonly Frame[]): number {
  return frames.reduce(
    (sum, { payload }) => sum + FRAME_HEAD_BYTES + payload.length,
    0,
  );
}

/** As in the capture. */
function described({ type, flags, stream, payload }: Frame) {
  const view = new DataView(payload.buffer);
  switch (type) {
    case FRAME.settings: {
      const settings: number[][] = [];
      for (let at = 0; at < payload.length; at += 6) {
        settings.push([view.getUint16(at), view.getUint32(at + 2)]);
      }
      const len = payload.length;
      return { type: "SETTINGS", flags, stream, len, settings };
    }
    case FRAME.windowUpdate: {
      const increment = view.getUint32(0);
      const len = payload.length;
      return { type: "WINDOW_UPDATE", flags, stream, len, increment };
    }
    // Its length depends on the request.
    case FRAME.headers:
      return { type: "HEADERS", flags, stream, len: CAPTURED_HEAD_BYTES };
    default:
      return { type, flags, stream };
  }
}
