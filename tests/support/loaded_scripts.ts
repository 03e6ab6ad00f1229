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

/**
 * Timers are Node's in this runtime, and bring these. They are 2 MiB; all else
 * of Node's layer would be 5 more.
 */
const TIMERS =
  /\/(timers|async_hooks|async_wrap|errors|inspect|validators|error_codes|hide_stack_frames|types|_keys|colorize|uv|os|_libuv_winerror|constants|symbols|util|normalize_encoding|primordials|02_register_cloneable)\.(ts|m?js)$/;

/** Scripts of Node's layer, except what timers bring. */
export function ofNode(scripts: readonly string[]): readonly string[] {
  return scripts.filter((one) =>
    one.startsWith("ext:deno_node/") && !TIMERS.test(one)
  );
}
