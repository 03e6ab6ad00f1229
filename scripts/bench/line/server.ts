/**
 * The upstream at the far end: answers a turn when all of it has come, and tells
 * how long it was coming.
 *
 * `server.ts CERTIFICATE KEY` prints a line when it listens, and runs until it
 * is killed.
 */

import { ARRIVAL, turnEvents } from "./turn.ts";

const [certificate = "", key = ""] = Deno.args;
Deno.serve({
  port: 443,
  cert: Deno.readTextFileSync(certificate),
  key: Deno.readTextFileSync(key),
  // deno-lint-ignore no-console
  onListen: () => console.log("ready"),
}, answer);

async function answer(request: Request): Promise<Response> {
  if (!new URL(request.url).pathname.endsWith("/responses")) {
    return new Response(null, { status: 404 });
  }
  if (request.headers.get("upgrade") === "websocket") return upgrade(request);
  const begunAt = performance.now();
  await request.bytes();
  const ms = performance.now() - begunAt;
  return new Response(
    turnEvents().map((data) => `data: ${data}\n\n`).join(""),
    {
      headers: {
        "content-type": "text/event-stream",
        [ARRIVAL]: ms.toFixed(3),
      },
    },
  );
}

/** A message is only seen when all of it has come. */
function upgrade(request: Request): Response {
  const { response, socket } = Deno.upgradeWebSocket(request);
  socket.onmessage = () => {
    for (const event of turnEvents()) socket.send(event);
  };
  return response;
}
