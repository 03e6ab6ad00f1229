/**
 * An open websocket of `ws` as the gateway uses one: text in, text out, one
 * end.
 */
import { CLOSE, passedOnClose } from "../protocol/close_codes.ts";
import type { OutgoingSocket, SocketHandlers } from "../runtime.ts";
import type { WebSocket } from "./ws.ts";

/**
 * Must be called when `websocket` opens. What came with the 101 is delivered
 * after the promises that wait for it have run.
 */
export function openSocket(
  websocket: WebSocket,
  handlers: SocketHandlers,
): OutgoingSocket {
  /** Those who ask whether the peer is there. */
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
    close: (code, reason) => {
      const status = passedOnClose(code, reason);
      websocket.close(status.code, status.reason);
      // The answer to a close frame is behind whatever was held back.
      websocket.resume();
    },
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
  // A broken frame: `ws` says so to the peer, 1002, 1007 or 1009.
  websocket.on("error", (error) => end(CLOSE.abnormal, error.message));
  websocket.on("close", (code, reason) => end(code, String(reason)));
}

/** What could not be sent ends the connection, and that is told by `close`. */
function ignoreError(): void {}
