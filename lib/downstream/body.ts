/**
 * Reads a request's body: content type, content coding, size.
 *
 * Keeps the bytes as they came beside the decoded ones, so that a body no
 * rule changed can leave as it arrived. Does not look into the JSON.
 */
import { brotliDecompressSync, gunzipSync, inflateSync } from "node:zlib";
import { LimitedBytesTransformStream, toBytes } from "@std/streams";
import { decodeZstd } from "../protocol/zstd.ts";
import { err, ok, type Result } from "../result.ts";
import {
  badRequest,
  type CallerError,
  tooLarge,
  unsupportedMedia,
} from "./failure.ts";

/** A body as it came and as it reads. */
export interface ReceivedBody {
  /** The content coding of `wire`; undefined when it is not encoded. */
  readonly coding: string | undefined;
  readonly wire: Uint8Array<ArrayBuffer>;
  readonly bytes: Uint8Array<ArrayBuffer>;
}

/** Reads at most `limit` bytes, counted after decoding. */
export async function readBody(
  request: Request,
  limit: number,
): Promise<Result<ReceivedBody, CallerError>> {
  const type = request.headers.get("content-type");
  if (!isJson(type)) {
    return err(
      unsupportedMedia(
        `content-type "${
          type ?? ""
        }" is not supported; expected application/json`,
      ),
    );
  }
  const wire = await readWire(request, limit);
  if (!wire.ok) return wire;

  const header = request.headers.get("content-encoding")?.trim().toLowerCase();
  const coding = header === "" || header === "identity" ? undefined : header;
  if (coding === undefined) {
    return ok({ coding, wire: wire.value, bytes: wire.value });
  }
  const bytes = await decode(wire.value, coding, limit);
  return bytes.ok
    ? ok({ coding, wire: wire.value, bytes: bytes.value })
    : bytes;
}

function isJson(type: string | null): boolean {
  const essence = (type ?? "").split(";", 1)[0]?.trim().toLowerCase() ?? "";
  return essence === "application/json" || essence.endsWith("+json");
}

async function readWire(
  request: Request,
  limit: number,
): Promise<Result<Uint8Array<ArrayBuffer>, CallerError>> {
  // Answered unread: the runtime closes such a connection as soon as it can.
  const length = Number(request.headers.get("content-length") ?? NaN);
  if (length > limit) return err(tooLarge(limit));
  if (request.body === null) return ok(new Uint8Array());
  return length >= 0
    ? ok(await readExactly(request, request.body, length))
    : await collect(request.body, limit);
}

/** Up to here a body is read by the runtime in one go. */
const SMALL_BYTES = 262_144;

/**
 * Reads a body of known length. A large one straight into its place: that
 * takes a third of the time of `bytes`, which keeps its pieces and joins them.
 */
async function readExactly(
  request: Request,
  body: ReadableStream<Uint8Array<ArrayBuffer>>,
  length: number,
): Promise<Uint8Array<ArrayBuffer>> {
  if (length <= SMALL_BYTES) return await request.bytes();
  const whole = new Uint8Array(length);
  let filled = 0;
  for await (const piece of body) {
    whole.set(piece, filled);
    filled += piece.length;
  }
  if (filled < length) throw new TypeError("the request body ended early");
  return whole;
}

async function decode(
  wire: Uint8Array<ArrayBuffer>,
  coding: string,
  limit: number,
): Promise<Result<Uint8Array<ArrayBuffer>, CallerError>> {
  if (coding === "zstd") {
    const decoded = decodeZstd(wire, limit);
    if (decoded.ok) return decoded;
    return err(
      decoded.error.kind === "too_large" ? tooLarge(limit) : badRequest(
        `Request body is not valid zstd: ${decoded.error.message}`,
      ),
    );
  }
  const decoder = DECODERS.get(coding);
  if (decoder === undefined) {
    return err(
      unsupportedMedia(
        `content-encoding "${coding}" is not supported; expected gzip, deflate, br or zstd`,
      ),
    );
  }
  try {
    // A stream would inflate 64 KiB at once, and so a few hundred bytes of br
    // to gigabytes, before anyone could count them.
    const bytes = decoder.decode(wire, { maxOutputLength: limit });
    return decoder.strict === undefined
      ? ok(new Uint8Array(bytes))
      : await collect(decodedBy(decoder.strict, wire), limit);
  } catch (error) {
    return err(
      isTooLarge(error)
        ? tooLarge(limit)
        : badRequest(`Request body is not valid ${coding}`),
    );
  }
}

interface Decoder {
  readonly decode: (
    wire: Uint8Array,
    options: { readonly maxOutputLength: number },
  ) => Uint8Array;
  /** Asked as well where `decode` overlooks a cut end or a tail. */
  readonly strict: CompressionFormat | undefined;
}

const GZIP: Decoder = { decode: gunzipSync, strict: undefined };

/** Content codings (RFC 9110, section 8.4.1) besides zstd. */
const DECODERS: ReadonlyMap<string, Decoder> = new Map([
  ["gzip", GZIP],
  ["x-gzip", GZIP],
  ["deflate", { decode: inflateSync, strict: "deflate" }],
  ["br", { decode: brotliDecompressSync, strict: "brotli" }],
]);

function decodedBy(format: CompressionFormat, wire: Uint8Array<ArrayBuffer>) {
  return new Blob([wire]).stream().pipeThrough(new DecompressionStream(format));
}

/** ERR_BUFFER_TOO_LARGE of `node:zlib`; damaged data is a plain `Error`. */
function isTooLarge(error: unknown): boolean {
  return error instanceof RangeError;
}

/** Reads a stream of unknown length, giving up once it exceeds `limit`. */
async function collect(
  stream: ReadableStream<Uint8Array<ArrayBuffer>>,
  limit: number,
): Promise<Result<Uint8Array<ArrayBuffer>, CallerError>> {
  const limited = stream.pipeThrough(
    new LimitedBytesTransformStream(limit, { error: true }),
  );
  try {
    return ok(await toBytes(limited));
  } catch (error) {
    if (error instanceof RangeError) return err(tooLarge(limit));
    throw error;
  }
}
