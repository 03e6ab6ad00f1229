/**
 * What went over the websockets that a tap has seen: both heads, and every
 * message, put together from its frames and inflated.
 */
import type { HeaderLine } from "../../../lib/protocol/headers.ts";
import { FrameReader } from "../../../lib/simulator/frames/frame_reader.ts";
import { MessageReader } from "../../../lib/simulator/frames/message_reader.ts";
import type { Tap, TappedConnection } from "./tap.ts";

export interface TappedWebsocket {
  /** The client's header lines, in wire order and case. */
  readonly headers: readonly HeaderLine[];
  /** Of the answer; 101 if the websocket was opened. */
  readonly status: number;
  /** Text messages of the client. */
  readonly framesIn: readonly string[];
  /** Text messages to the client. */
  readonly framesOut: readonly string[];
}

const MAX_BYTES = 64 * 1024 * 1024;
const HEAD_END = "\r\n\r\n";

/** All but the limits: those of one account there are the pool's here. */
export function withoutLimits(frames: readonly string[]): readonly string[] {
  return frames.filter((frame) =>
    !frame.startsWith('{"type":"codex.rate_limits"')
  );
}

/** The upgrades that were asked for, in order, and what became of them. */
export function websocketsOf(tap: Tap): readonly TappedWebsocket[] {
  return tap.connections.flatMap((connection) => {
    const websocket = websocketIn(connection);
    return websocket ? [websocket] : [];
  });
}

function websocketIn(
  { sent, answered }: TappedConnection,
): TappedWebsocket | undefined {
  const [request, fromClient] = split(sent);
  if (!/^upgrade: websocket$/im.test(request)) return undefined;

  const [answer, toClient] = split(answered);
  const deflate = /^sec-websocket-extensions:.*deflate/im.test(answer);
  const [, ...lines] = request.split("\r\n");
  return {
    headers: lines.map((line): HeaderLine => {
      const colon = line.indexOf(":");
      return [line.slice(0, colon), line.slice(colon + 1).trim()];
    }),
    status: Number(answer.split(" ")[1] ?? 0),
    framesIn: textsIn(fromClient, { masked: true, deflate }),
    framesOut: textsIn(toClient, { masked: false, deflate }),
  };
}

/** The head as text, and what is behind it. */
function split(bytes: Uint8Array<ArrayBuffer>): [string, Uint8Array] {
  // One character per byte, so that offsets agree.
  const text = new TextDecoder("latin1").decode(bytes);
  const end = text.indexOf(HEAD_END);
  if (end === -1) return ["", new Uint8Array()];
  return [text.slice(0, end), bytes.subarray(end + HEAD_END.length)];
}

function textsIn(
  bytes: Uint8Array,
  { masked, deflate }: { readonly masked: boolean; readonly deflate: boolean },
): readonly string[] {
  const { frames } = new FrameReader({ masked, maxPayload: MAX_BYTES })
    .push(bytes);
  const messages = new MessageReader({ deflate, maxBytes: MAX_BYTES });
  return frames.flatMap((frame) => {
    const message = messages.push(frame);
    return message?.kind === "text" ? [message.text] : [];
  });
}
