/**
 * Reads the open body of an answer, one chunk at a time, through one buffer.
 * Does not interpret the bytes.
 *
 * Every stream of the runtime costs several promises and moves its buffers
 * around: as much as the rest of an event. So the body of a plain answer is
 * read where the runtime itself reads it, from the resource behind the stream.
 * That is an inside of the runtime; where it is missing or looks different, a
 * BYOB reader does the same at twice the price. (The default reader takes
 * 64 KiB per read; `tee` and `TransformStream` cost twice as much as BYOB.)
 */
import { CHUNK_BYTES } from "../limits.ts";
import { isObject } from "../protocol/json.ts";
import { giveBack, takeBuffer } from "../protocol/spare_buffers.ts";

export type Chunk = Uint8Array<ArrayBuffer>;

/** Takes a chunk, valid until the next read; undefined at the end. */
export type Came = (chunk: Chunk | undefined) => void;

/** The body has broken off, which a `cancel` of ours is not. */
export type Broke = (error: unknown) => void;

/** An open body, or the part of it that has not been read. */
export interface BodySource {
  /** `resource`: read without a stream. */
  readonly kind: "resource" | "stream";
  /**
   * Reads the next chunk, and calls one of the two, neither of which may throw.
   * At most one read at a time. Not a promise: a stream has thousands of reads.
   */
  read(came: Came, broke: Broke): void;
  /** Closes the connection. */
  cancel(): Promise<void>;
}

/** Takes the body over; nobody else can read it from then on. */
export function bodySource(body: ReadableStream<Chunk>): BodySource {
  const resource = resourceOf(body);
  return RESOURCES && resource !== undefined
    ? new ResourceSource(body, resource, RESOURCES)
    : new StreamSource(body);
}

/** The part of the runtime that reads its resources. */
interface Resources {
  /** Resolves with the count of bytes that it has written; 0 at the end. */
  read(resource: number, into: Chunk): Promise<number>;
}

class ResourceSource implements BodySource {
  readonly kind = "resource";
  /** Keeps the stream alive, which owns the resource and closes it. */
  readonly #reader: ReadableStreamDefaultReader<Chunk>;
  readonly #resource: number;
  readonly #resources: Resources;
  readonly #buffer = takeBuffer();
  #isOver = false;
  #came: Came = nothing;
  #broke: Broke = nothing;

  constructor(
    body: ReadableStream<Chunk>,
    resource: number,
    resources: Resources,
  ) {
    this.#reader = body.getReader();
    this.#resource = resource;
    this.#resources = resources;
  }

  read(came: Came, broke: Broke): void {
    if (this.#isOver) return came(undefined);
    this.#came = came;
    this.#broke = broke;
    this.#resources.read(this.#resource, this.#buffer)
      .then(this.#read, this.#failed);
  }

  readonly #read = (length: number): void => {
    if (length > 0) return this.#came(this.#buffer.subarray(0, length));
    void this.cancel();
    // The last chunk is done with: it is valid until the next read.
    giveBack(this.#buffer);
    this.#came(undefined);
  };

  readonly #failed = (error: unknown): void => {
    if (this.#isOver) return this.#came(undefined);
    void this.cancel();
    this.#broke(error);
  };

  async cancel(): Promise<void> {
    this.#isOver = true;
    await this.#reader.cancel().catch(() => {});
  }
}

class StreamSource implements BodySource {
  readonly kind = "stream";
  readonly #reader: ReadableStreamBYOBReader;
  #buffer = new ArrayBuffer(CHUNK_BYTES);

  constructor(body: ReadableStream<Chunk>) {
    this.#reader = body.getReader({ mode: "byob" });
  }

  read(came: Came, broke: Broke): void {
    this.#reader.read(new Uint8Array(this.#buffer)).then(
      ({ done, value }) => {
        this.#buffer = done ? new ArrayBuffer(CHUNK_BYTES) : value.buffer;
        came(done ? undefined : value);
      },
      broke,
    );
  }

  async cancel(): Promise<void> {
    await this.#reader.cancel().catch(() => {});
  }
}

function nothing(): void {}

/** Undefined if the runtime's inside is not what is known of it. */
const RESOURCES = resourcesOf(Deno);

function resourcesOf(runtime: object): Resources | undefined {
  const key: unknown = Reflect.get(runtime, "internal");
  if (typeof key !== "symbol") return undefined;
  const inside: unknown = Reflect.get(runtime, key);
  const core = isObject(inside) ? inside["core"] : undefined;
  return isResources(core) ? core : undefined;
}

function isResources(core: unknown): core is Resources {
  return isObject(core) && typeof core["read"] === "function";
}

/** The number of the resource behind a body that has not been touched. */
function resourceOf(body: ReadableStream<Chunk>): number | undefined {
  const key = Object.getOwnPropertySymbols(body).find(isBacking);
  const backing: unknown = key && Reflect.get(body, key);
  if (!isObject(backing) || backing["autoClose"] !== true) return undefined;
  const { rid } = backing;
  return typeof rid === "number" ? rid : undefined;
}

function isBacking({ description }: symbol): boolean {
  return description === "[[resourceBacking]]";
}
