/**
 * Joins websocket frames to messages (RFC 6455, section 5.4), and inflates
 * compressed ones (RFC 7692, no context takeover).
 */

import { concat } from "@std/bytes";
import { type Close, type Frame, OPCODE, readClose } from "./frames.ts";
import { inflate } from "./deflate.ts";

export type Message =
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "binary"; readonly bytes: Uint8Array }
  | { readonly kind: "ping" | "pong"; readonly payload: Uint8Array }
  | { readonly kind: "close"; readonly close: Close }
  /** Something that no peer may send; `close` tells it why. */
  | { readonly kind: "broken"; readonly close: Close };

const PROTOCOL_ERROR = 1002;
const NO_TEXT = 1007;
const TOO_BIG = 1009;

export class MessageReader {
  readonly #deflate: boolean;
  readonly #maxBytes: number;
  /** Frames of a message whose last frame is still to come. */
  #open: Frame[] = [];
  #bytes = 0;

  constructor(
    { deflate, maxBytes }: {
      readonly deflate: boolean;
      readonly maxBytes: number;
    },
  ) {
    this.#deflate = deflate;
    this.#maxBytes = maxBytes;
  }

  /** The message that this frame completes, if any. */
  push(frame: Frame): Message | undefined {
    if (frame.compressed && !this.#deflate) {
      return broken(PROTOCOL_ERROR, "compressed without leave");
    }
    if (frame.opcode >= OPCODE.close) return control(frame);

    if ((frame.opcode === OPCODE.continuation) === (this.#open.length === 0)) {
      return broken(PROTOCOL_ERROR, "fragments out of order");
    }
    this.#open.push(frame);
    this.#bytes += frame.payload.length;
    if (this.#bytes > this.#maxBytes) return broken(TOO_BIG, "message too big");
    return frame.fin ? this.#complete() : undefined;
  }

  #complete(): Message {
    const whole = concat(this.#open.map(({ payload }) => payload));
    const [first] = this.#open;
    this.#open = [];
    this.#bytes = 0;

    const bytes = first?.compressed ? inflate(whole, this.#maxBytes) : whole;
    if (bytes === undefined) return broken(NO_TEXT, "cannot be inflated");
    if (first?.opcode === OPCODE.binary) return { kind: "binary", bytes };
    if (first?.opcode !== OPCODE.text) {
      return broken(PROTOCOL_ERROR, "unknown opcode");
    }
    try {
      return { kind: "text", text: UTF8.decode(bytes) };
    } catch {
      return broken(NO_TEXT, "not UTF-8");
    }
  }
}

const UTF8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

function control({ fin, opcode, payload }: Frame): Message {
  if (!fin || payload.length > 125) {
    return broken(PROTOCOL_ERROR, "control frame too long or in pieces");
  }
  switch (opcode) {
    case OPCODE.close:
      return { kind: "close", close: readClose(payload) };
    case OPCODE.ping:
      return { kind: "ping", payload };
    case OPCODE.pong:
      return { kind: "pong", payload };
    default:
      return broken(PROTOCOL_ERROR, "unknown opcode");
  }
}

function broken(code: number, reason: string): Message {
  return { kind: "broken", close: { code, reason } };
}
