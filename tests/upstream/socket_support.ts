/** A connector, handlers that remember, and a message at a time. */
import type { Handshake, OutgoingSocket } from "../../lib/runtime.ts";
import { createConnector } from "../../lib/upstream/socket/socket.ts";
import { after } from "../support/system.ts";

type Env = Readonly<Record<string, string>>;

export interface Opening {
  readonly url: string;
  readonly headers?: readonly (readonly [string, string])[];
  readonly signal?: AbortSignal;
  readonly maxMessageBytes?: number;
  readonly env?: Env;
  readonly rootCertificates?: readonly string[];
  /** Runs every timer at once. */
  readonly isLate?: boolean;
}

export interface Heard {
  /** Texts, and `undefined` for a binary message. */
  readonly messages: (string | undefined)[];
  readonly closes: { readonly code: number; readonly reason: string }[];
  /** Resolves at the `count`th message. */
  readonly untilMessages: (count: number) => Promise<void>;
  readonly untilClosed: Promise<void>;
}

export interface Opened {
  readonly handshake: Handshake;
  readonly heard: Heard;
}

export async function open(opening: Opening): Promise<Opened> {
  const { env = {}, rootCertificates = [], isLate = false } = opening;
  const messages: Heard["messages"] = [];
  const closes: { code: number; reason: string }[] = [];
  const waiting: { readonly count: number; readonly done: () => void }[] = [];
  const closed = Promise.withResolvers<void>();
  const hear = (text: string | undefined) => {
    messages.push(text);
    for (const { count, done } of waiting) {
      if (messages.length >= count) done();
    }
  };
  const connect = createConnector({
    env: (name) => env[name],
    rootCertificates,
    after: (ms, task) => after(isLate ? 0 : ms, task),
  });
  const handshake = await connect({
    url: new URL(opening.url),
    headers: opening.headers ?? [],
    signal: opening.signal ?? new AbortController().signal,
    maxMessageBytes: opening.maxMessageBytes ?? 1_048_576,
    handlers: {
      message: hear,
      binary: () => hear(undefined),
      close: (code, reason) => {
        closes.push({ code, reason });
        closed.resolve();
      },
    },
  });
  const untilMessages = (count: number) =>
    new Promise<void>((done) => {
      waiting.push({ count, done });
      if (messages.length >= count) done();
    });
  return {
    handshake,
    heard: { messages, closes, untilMessages, untilClosed: closed.promise },
  };
}

export interface OpenedSocket {
  readonly socket: OutgoingSocket;
  readonly headers: Headers;
  readonly heard: Heard;
}

/** For an upstream that accepts. */
export async function openSocket(opening: Opening): Promise<OpenedSocket> {
  const { handshake, heard } = await open(opening);
  if (handshake.kind === "refused") {
    throw new Error(`refused with ${handshake.status}`);
  }
  return { ...handshake, heard };
}
