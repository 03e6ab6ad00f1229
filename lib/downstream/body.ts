/**
 * Reads a request's body: content type, content coding, size.
 *
 * Keeps the received bytes beside the decoded ones, so that a body that no rule
 * changes can be forwarded as it came. Does not parse the JSON.
 */
import { STATUS_CODE } from "@std/http";
import { type Coding, codingOf } from "../protocol/content_coding.ts";
import { cut } from "../protocol/quote.ts";
import { decodeZstdInTurns } from "../protocol/zstd/zstd.ts";
import type { Border, DecodeLimits } from "../protocol/zstd/blocks.ts";
import { plain } from "../protocol/zstd/plain.ts";
import { err, ok, type Result } from "../result.ts";
import { node } from "../std/node.ts";
import type { BodyBudget } from "./body_budget.ts";
import {
  badRequest,
  type CallerError,
  noRoom,
  tooLarge,
  unsupportedMedia,
} from "./failure.ts";
import { type IncomingOptions, readWire } from "./incoming.ts";

/** A body, as received and decoded. */
export interface ReceivedBody {
  /** What the caller calls the coding of `wire`; undefined: there is none. */
  readonly coding: string | undefined;
  readonly wire: Uint8Array<ArrayBuffer>;
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** Where blocks of a large zstd `wire` end. */
  readonly borders?: readonly Border[];
}

/** How bodies are read; the same for all callers. */
export interface Intake extends Pick<IncomingOptions, "idleMs" | "after"> {
  readonly budget: BodyBudget;
}

/** Reads at most `limit` bytes, counted before and after decoding. */
export async function readBody(
  request: Request,
  options: IncomingOptions,
): Promise<Result<ReceivedBody, CallerError>> {
  const type = request.headers.get("content-type");
  if (!isJson(type)) {
    return err(
      unsupportedMedia(
        `content-type "${
          cut(type ?? "")
        }" is not supported; expected application/json`,
      ),
    );
  }
  const wire = await readWire(request, options);
  if (!wire.ok) return wire;

  const named = request.headers.get("content-encoding")?.trim().toLowerCase();
  const coding = codingOf(named ?? null);
  if (!coding.ok) return err(unknownCoding(coding.error));
  if (coding.value === undefined) {
    return ok({ coding: undefined, wire: wire.value, bytes: wire.value });
  }
  const content = await decodeWithin(wire.value, coding.value, options);
  return content.ok
    ? ok({ coding: named, wire: wire.value, ...content.value })
    : content;
}

function isJson(type: string | null): boolean {
  const essence = (type ?? "").split(";", 1)[0]?.trim().toLowerCase() ?? "";
  return essence === "application/json" || essence.endsWith("+json");
}

type Content = Pick<ReceivedBody, "bytes" | "borders">;

/**
 * Decoded bytes are held, too; the budget may have less room than `limit`. They
 * are counted as they come, since several large bodies are decoded in turns.
 */
async function decodeWithin(
  wire: Uint8Array<ArrayBuffer>,
  coding: Coding,
  options: IncomingOptions,
): Promise<Result<Content, CallerError>> {
  const { held } = options;
  const limit = Math.min(options.limit, held.room);
  let taken = 0;
  let isFull = limit < options.limit;
  const take = (bytes: number) => {
    const hasRoom = held.grow(bytes);
    if (hasRoom) taken += bytes;
    else isFull = true;
    return hasRoom;
  };
  const decoded = await decode(wire, coding, { limit, take });
  if (decoded.ok) {
    const left = decoded.value.bytes.length - taken;
    return held.grow(left) ? decoded : err(noRoom());
  }
  return isFull && decoded.error.status === TOO_LARGE ? err(noRoom()) : decoded;
}

const TOO_LARGE = STATUS_CODE.ContentTooLarge;

async function decode(
  wire: Uint8Array<ArrayBuffer>,
  coding: Coding,
  limits: DecodeLimits,
): Promise<Result<Content, CallerError>> {
  const { limit } = limits;
  if (coding === "zstd") {
    const decoded = await decodeZstdInTurns(wire, limits);
    if (decoded.ok) return decoded;
    return err(
      decoded.error.kind === "too_large" ? tooLarge(limit) : badRequest(
        `Request body is not valid zstd: ${decoded.error.message}`,
      ),
    );
  }
  const decoder = DECODERS[coding];
  try {
    // Not as a stream: it decodes up to 64 KiB of input at once, so a few
    // hundred bytes of br become gigabytes before they can be counted.
    const decode = node().zlib[decoder.name];
    const bytes = decode(wire, { maxOutputLength: limit });
    if (decoder.strict !== undefined) await readThrough(decoder.strict, wire);
    return ok({ bytes: plain(bytes) });
  } catch (error) {
    return err(
      isTooLarge(error)
        ? tooLarge(limit)
        : badRequest(`Request body is not valid ${coding}`),
    );
  }
}

interface Decoder {
  /** In `node:zlib`. */
  readonly name: "gunzipSync" | "inflateSync" | "brotliDecompressSync";
  /** A second check, where that accepts a truncated body or a tail. */
  readonly strict: CompressionFormat | undefined;
}

const DECODERS: Readonly<Record<Exclude<Coding, "zstd">, Decoder>> = {
  gzip: { name: "gunzipSync", strict: undefined },
  deflate: { name: "inflateSync", strict: "deflate" },
  br: { name: "brotliDecompressSync", strict: "brotli" },
};

function unknownCoding(name: string): CallerError {
  return unsupportedMedia(
    `content-encoding "${
      cut(name)
    }" is not supported; expected gzip, deflate, br or zstd`,
  );
}

/** Throws if the data is truncated or has a tail. */
async function readThrough(
  format: CompressionFormat,
  wire: Uint8Array<ArrayBuffer>,
): Promise<void> {
  const decoder = new DecompressionStream(format);
  await new Blob([wire]).stream().pipeThrough(decoder).pipeTo(
    new WritableStream(),
  );
}

/** ERR_BUFFER_TOO_LARGE of `node:zlib`; damaged data is a plain `Error`. */
function isTooLarge(error: unknown): boolean {
  return error instanceof RangeError;
}
