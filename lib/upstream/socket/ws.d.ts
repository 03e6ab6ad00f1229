/** Types of `ws.ts`: the part of the client's interface that is used. */
import type { ClientRequest, IncomingMessage } from "node:http";
import type { Socket } from "node:net";

export interface ClientOptions {
  /** Gives the connection for the handshake. */
  readonly createConnection: () => Socket;
  /** Sends the handshake instead of `ws`. */
  readonly finishRequest: (request: ClientRequest) => void;
  /** Bytes of a message below which it is not compressed. */
  readonly perMessageDeflate: { readonly threshold: number };
  /** Bytes of a message, decompressed; beyond, the connection is closed. */
  readonly maxPayload: number;
  /** Milliseconds that the peer has to answer a close frame. */
  readonly closeTimeout: number;
}

interface Events {
  readonly open: () => void;
  /** The answer that switches protocols, before `open`. */
  readonly upgrade: (response: IncomingMessage) => void;
  /** Any other answer. A listener takes over the request. */
  readonly "unexpected-response": (
    request: ClientRequest,
    response: IncomingMessage,
  ) => void;
  readonly message: (data: Uint8Array, isBinary: boolean) => void;
  readonly pong: () => void;
  readonly error: (error: Error) => void;
  /** The reason in UTF-8, which `String` decodes. */
  readonly close: (code: number, reason: Uint8Array) => void;
}

export class WebSocket {
  constructor(url: URL, options: ClientOptions);
  readonly bufferedAmount: number;
  on<Name extends keyof Events>(name: Name, listener: Events[Name]): this;
  send(text: string, done: (error?: Error) => void): void;
  ping(
    data: undefined,
    masked: undefined,
    done: (error?: Error) => void,
  ): void;
  pause(): void;
  resume(): void;
  terminate(): void;
}
