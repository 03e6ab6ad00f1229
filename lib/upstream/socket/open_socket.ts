/**
 * An open websocket of `ws` with the gateway's interface: text in, text out,
 * and exactly one close. Decides nothing.
 */
import { CLOSE } from "../../protocol/close_codes.ts";
import type { OutgoingSocket, SocketHandlers } from "../../runtime.ts";
import type { WebSocket } from "./ws.ts";

/**
 * Must be called when `websocket` opens. Messages that came with the 101 are
 * delivered after the code that awaits the handshake has run.
 */
export function openSocket(
  websocket: WebSocket,
  handlers: SocketHandlers,
): OutgoingSocket {
  /** The pings that wait for an answer. */
  const asking = new Set<(isThere: boolean) => void>();
  const answer = (isThere: boolean) => {
    for (const tell of asking) tell(isThere);
    asking.clear();
  };
  websocket.on("pong", () => answer(true));
  websocket.on("close", () => answer(false));
  listen(websocket, handlers);
  return {
    send: (text) => websocket.send(text, ignoreError),
    ping: () =>
      new Promise((resolve) => {
        asking.add(resolve);
        websocket.ping(undefined, undefined, (error) => {
          // Not sent: the connection is closed, or about to be.
          if (error) answer(false);
        });
      }),
    bufferedAmount: () => websocket.bufferedAmount,
    pause: () => websocket.pause(),
    resume: () => websocket.resume(),
    terminate: () => websocket.terminate(),
  };
}

function listen(websocket: WebSocket, handlers: SocketHandlers): void {
  let isOver = false;
  const end = (code: number, reason: string) => {
    if (isOver) return;
    isOver = true;
    handlers.close(code, reason);
  };
  websocket.on("message", (data, isBinary) => {
    if (isOver) return;
    if (isBinary) handlers.binary();
    else handlers.message(String(data));
  });
  // A broken frame: `ws` has closed with 1002, 1007 or 1009.
  websocket.on("error", (error) => end(CLOSE.abnormal, error.message));
  websocket.on("close", (code, reason) => end(code, String(reason)));
}

/** A send that fails ends the connection, and `close` reports that. */
function ignoreError(): void {}
