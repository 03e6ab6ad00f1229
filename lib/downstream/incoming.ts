/**
 * Reads the bytes of a request as they arrive. Checks the limits meanwhile, and
 * gives up on a caller that stops sending.
 *
 * Does not decode or parse. Errors on the caller's side are returned, never
 * thrown.
 */
import { concat } from "@std/bytes";
import { MAX_TRUSTED_LENGTH_BYTES, SMALL_BODY_BYTES } from "../limits.ts";
import { err, type MaybePromise, ok, type Result } from "../result.ts";
import type { Runtime } from "../runtime.ts";
import type { HeldBytes } from "./body_budget.ts";
import {
  brokenOff,
  type CallerError,
  callerGone,
  noRoom,
  silent,
  tooLarge,
} from "./failure.ts";

export interface IncomingOptions {
  /** Bytes of one body. */
  readonly limit: number;
  /** This body's share of the budget for all bodies. */
  readonly held: HeldBytes;
  /** Milliseconds without a byte after which reading ends. */
  readonly idleMs: number;
  readonly after: Runtime["after"];
}

type Bytes = Uint8Array<ArrayBuffer>;

/** The body's bytes, still encoded. */
export function readWire(
  request: Request,
  options: IncomingOptions,
): MaybePromise<Result<Bytes, CallerError>> {
  const { limit } = options;
  // Refused without reading; the runtime then closes the connection.
  const length = Number(request.headers.get("content-length") ?? NaN);
  if (length > limit) return err(tooLarge(limit));
  return length <= SMALL_BODY_BYTES
    ? readSmall(request, length, options)
    : readLarge(request, length, options);
}

/** For most bodies, and so with one promise. */
function readSmall(
  request: Request,
  length: number,
  { held, idleMs, after }: IncomingOptions,
): MaybePromise<Result<Bytes, CallerError>> {
  if (!held.grow(length)) return err(noRoom());
  return new Promise((resolve) => {
    const cancel = after(idleMs, () => resolve(err(silent(idleMs))));
    request.bytes().then((bytes) => {
      cancel();
      resolve(bytes.length < length ? err(brokenOff()) : ok(bytes));
    }, (error) => {
      cancel();
      resolve(err(whyCut(error, request)));
    });
  });
}

/** `length`: NaN if the caller does not say. */
async function readLarge(
  request: Request,
  length: number,
  options: IncomingOptions,
): Promise<Result<Bytes, CallerError>> {
  const { body } = request;
  if (body === null) return ok(new Uint8Array());
  try {
    return Number.isNaN(length)
      ? await collect(body, options)
      : await readExactly(body, { ...options, length });
  } catch (error) {
    return err(whyCut(error, request));
  }
}

function whyCut(error: unknown, { signal }: Request): CallerError {
  return signal.aborted ? callerGone() : brokenOff(error);
}

/**
 * Reads a body of known length into one buffer: that takes a third of the time
 * of `bytes()`, which collects pieces and joins them.
 */
async function readExactly(
  body: ReadableStream<Bytes>,
  options: IncomingOptions & { readonly length: number },
): Promise<Result<Bytes, CallerError>> {
  const { length } = options;
  let whole: Bytes = new Uint8Array(Math.min(length, MAX_TRUSTED_LENGTH_BYTES));
  let filled = 0;
  const failed = await eachPiece(body, options, (piece) => {
    if (filled + piece.length > whole.length) {
      const wider = new Uint8Array(Math.min(length, whole.length * 2));
      wider.set(whole.subarray(0, filled));
      whole = wider;
    }
    whole.set(piece, filled);
    filled += piece.length;
  });
  if (failed) return err(failed);
  return filled < length ? err(brokenOff()) : ok(whole);
}

/** Reads a stream of unknown length. */
async function collect(
  body: ReadableStream<Bytes>,
  options: IncomingOptions,
): Promise<Result<Bytes, CallerError>> {
  const pieces: Bytes[] = [];
  const failed = await eachPiece(body, options, (piece) => {
    pieces.push(piece);
  });
  return failed ? err(failed) : ok(concat(pieces));
}

/** Passes on each piece; cancels the stream and returns the first error. */
async function eachPiece(
  body: ReadableStream<Bytes>,
  { limit, held, idleMs, after }: IncomingOptions,
  take: (piece: Bytes) => void,
): Promise<CallerError | undefined> {
  const reader = body.getReader();
  const stop = (error: CallerError) => {
    // Not awaited: the caller may never send another byte.
    void reader.cancel().catch(() => {});
    return error;
  };
  for (let size = 0;;) {
    const read = await beforeSilence(reader.read(), { idleMs, after });
    if (read === undefined) return stop(silent(idleMs));
    if (read.done) return undefined;
    size += read.value.length;
    if (size > limit) return stop(tooLarge(limit));
    if (!held.grow(read.value.length)) return stop(noRoom());
    take(read.value);
  }
}

/** The result of `reading`; undefined after `idleMs`. */
function beforeSilence<T>(
  reading: Promise<T>,
  { idleMs, after }: Pick<IncomingOptions, "idleMs" | "after">,
): Promise<T | undefined> {
  return new Promise((resolve, reject) => {
    const cancel = after(idleMs, () => resolve(undefined));
    reading.then((read) => {
      cancel();
      resolve(read);
    }, (error) => {
      cancel();
      reject(error);
    });
  });
}
