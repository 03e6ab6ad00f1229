/**
 * The body of a request, in a form that `fetch` sends together with the head.
 *
 * Over HTTP/2, `fetch` (Deno 2.9.6) writes the first kilobyte of a request and
 * the rest of a frame separately, and leaves Nagle's algorithm on: the last
 * bytes wait until the server has acknowledged the first ones, which takes a
 * round trip, or two. Frames of less than a kilobyte are written together with
 * the head (docs/performance.md, "Nagle's algorithm").
 */
import { errorMessage } from "./error_text.ts";
import { MAX_ONE_WRITE_BYTES, ONE_WRITE_PIECE_BYTES } from "./limits.ts";

type Bytes = Uint8Array<ArrayBuffer>;

/**
 * Sends a request whose body is given to `send` as it is, or in pieces if that
 * saves a round trip. `fetch` sends a request again itself after some failures,
 * but not one in pieces: `send` is called again for it.
 */
export function inOneWrite<T>(
  body: Bytes,
  url: URL,
  send: (body: BodyInit) => Promise<T>,
): Promise<T> {
  if (!isWorthIt(body, url)) return send(body);
  return send(new Pieces(body)).catch((error) => {
    if (!SENT_AGAIN.test(errorMessage(error))) throw error;
    return send(body);
  });
}

function isWorthIt({ length }: Bytes, { protocol }: URL): boolean {
  return protocol === "https:" && length > JOINED_BYTES &&
    length <= MAX_ONE_WRITE_BYTES;
}

/**
 * REFUSED_STREAM; GOAWAY without an error; and over HTTP/1.1 a connection that
 * was kept open, and closed by the server just now.
 */
const SENT_AGAIN =
  /refused stream before|not a result of an error|closed before message completed/;

/** The runtime joins pieces of a stream that are no longer together. */
const JOINED_BYTES = 1024;

/**
 * A blob, because that is the only stream whose length `fetch` announces. One
 * of as many parts would do, but costs more time than all the rest of this.
 */
class Pieces extends Blob {
  readonly #body: Bytes;

  constructor(body: Bytes) {
    super();
    this.#body = body;
  }

  override get size(): number {
    return this.#body.length;
  }

  override stream(): ReadableStream<Bytes> {
    const body = this.#body;
    // Equal ones, so that the last two are too long to be joined.
    const count = Math.ceil(body.length / ONE_WRITE_PIECE_BYTES);
    const size = Math.ceil(body.length / count);
    return new ReadableStream({
      start(controller) {
        for (let at = 0; at < body.length; at += size) {
          controller.enqueue(body.subarray(at, at + size));
        }
        controller.close();
      },
    });
  }
}
