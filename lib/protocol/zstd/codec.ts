/**
 * An encoder or decoder of the runtime that can be used for many frames, one
 * after the other.
 *
 * `node:zlib` makes one for each body and drops it, which takes 100 to 250 µs
 * and up to 3 MiB. What its streams hold inside can begin anew instead. That is
 * no public interface: it is looked at before it is used, and where it is not
 * as expected there is no codec.
 */

/** What is ended after a step: `ZSTD_EndDirective` of zstd's interface. */
export const FLUSH = { none: 0, block: 1, frame: 2 } as const;

type Flush = (typeof FLUSH)[keyof typeof FLUSH];

/** What one step has read and written, in bytes. */
export interface Step {
  readonly taken: number;
  readonly given: number;
}

/** The inside of a stream of `node:zlib`, as Deno 2.9.6 has it. */
interface Handle {
  readonly reset: () => void;
  readonly close: () => void;
  readonly writeSync: (
    flush: number,
    input: Uint8Array,
    inputAt: number,
    inputLength: number,
    output: Uint8Array,
    outputAt: number,
    outputLength: number,
  ) => void;
}

export class ZstdCodec implements Disposable {
  /** Keeps the memory of the handle alive. */
  readonly #stream: object;
  readonly #handle: Handle;
  /** How much room and input the last step has left, in this order. */
  readonly #left: Uint32Array;
  #isClosed = false;

  /** A codec of this new stream, which must not be used otherwise. */
  static of(stream: object): ZstdCodec | undefined {
    const handle: unknown = Reflect.get(stream, "_handle");
    const left: unknown = Reflect.get(stream, "_writeState");
    return isHandle(handle) && left instanceof Uint32Array && left.length === 2
      ? new ZstdCodec(stream, handle, left)
      : undefined;
  }

  private constructor(stream: object, handle: Handle, left: Uint32Array) {
    this.#stream = stream;
    this.#handle = handle;
    this.#left = left;
  }

  /** Begins a new frame, whatever became of the last one. */
  reset(): void {
    if (this.#isClosed) throw new Error("this zstd codec is closed");
    this.#handle.reset();
  }

  /** Fills `output` as far as `input` goes; throws if the input is damaged. */
  step(flush: Flush, input: Uint8Array, output: Uint8Array): Step {
    // The runtime itself would end the process.
    if (this.#isClosed) throw new Error("this zstd codec is closed");
    this.#handle.writeSync(
      flush,
      input,
      0,
      input.length,
      output,
      0,
      output.length,
    );
    const [room = 0, rest = 0] = this.#left;
    return { taken: input.length - rest, given: output.length - room };
  }

  /** Gives its memory back at once. */
  [Symbol.dispose](): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#handle.close();
  }
}

function isHandle(value: unknown): value is Handle {
  return typeof value === "object" && value !== null &&
    ["reset", "close", "writeSync"].every((name) =>
      typeof Reflect.get(value, name) === "function"
    );
}
