/**
 * What a running Deno has loaded, by its own word: the inspector names every
 * script, those of the runtime's layers included (Chrome DevTools Protocol,
 * `Debugger.scriptParsed`).
 */
import {
  objectField,
  parseObject,
  stringField,
} from "../../lib/protocol/json.ts";

/** `address` is what Deno prints for `--inspect`. */
export async function loadedScripts(address: string): Promise<string[]> {
  const socket = new WebSocket(address);
  const { promise: listed, resolve, reject } = Promise.withResolvers<void>();
  const closed = new Promise<void>((resolve) => {
    socket.addEventListener("close", () => resolve());
  });
  const found: string[] = [];
  socket.addEventListener("open", () => {
    socket.send(JSON.stringify({ id: 1, method: "Debugger.enable" }));
  });
  socket.addEventListener("error", () => reject(new Error("no inspector")));
  socket.addEventListener("message", ({ data }) => {
    const message = parseObject(String(data)) ?? {};
    const url = stringField(objectField(message, "params") ?? {}, "url");
    if (url !== undefined) found.push(url);
    // All that is loaded has been named before the answer.
    if (message["id"] === 1) resolve();
  });
  try {
    await listed;
    return found;
  } finally {
    socket.close();
    await closed;
  }
}
