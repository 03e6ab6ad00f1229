/**
 * The bare relay: the least that a gateway on `Deno.serve` and `fetch` costs.
 * Knows no accounts, no limits and no failure.
 *
 * `relay.ts PORT UPSTREAM` listens on loopback until it is killed.
 */

const [port, upstream = ""] = Deno.args;

Deno.serve({ hostname: "127.0.0.1", port: Number(port), onListen() {} }, relay);

async function relay(request: Request): Promise<Response> {
  const { headers, method } = request;
  const { pathname } = new URL(request.url);
  if (headers.has("upgrade")) return relayWebsocket(request, pathname);
  const body = method === "GET" ? null : await request.bytes();
  const answer = await fetch(upstream + pathname, { method, headers, body });
  return new Response(answer.body, answer);
}

function relayWebsocket(request: Request, pathname: string): Response {
  const { socket, response } = Deno.upgradeWebSocket(request);
  const other = new WebSocket(upstream.replace("http", "ws") + pathname);
  const opened = new Promise((done) => other.onopen = done);
  other.onmessage = ({ data }) => socket.send(data);
  other.onclose = () => socket.close();
  socket.onmessage = ({ data }) => void opened.then(() => other.send(data));
  socket.onclose = () => other.close();
  return response;
}
