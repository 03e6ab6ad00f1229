/**
 * The HTTP/2 server of `h2_upstream.ts`, run by Node: in Deno the library
 * behind `node:http2` may abort the whole process when a connection is lost.
 *
 * Reads commands from standard input and tells what happens on standard output,
 * one JSON object a line.
 */
import { createSecureServer } from "node:http2";
import { createInterface } from "node:readline";

const options = JSON.parse(process.argv[2]);
const server = createSecureServer({
  cert: options.cert,
  key: options.key,
  settings: { maxConcurrentStreams: options.maxStreams },
});
const sessions = [];
const turns = [];

function tell(what) {
  process.stdout.write(`${JSON.stringify(what)}\n`);
}

function send(stream, type, fields) {
  stream.write(
    `event: ${type}\ndata: ${JSON.stringify({ type, ...fields })}\n\n`,
  );
}

server.on("session", (session) => {
  sessions.push(session);
  session.on("error", () => {});
});
server.on("stream", (stream, headers) => {
  stream.on("error", () => {});
  stream.respond({ ":status": 200, "content-type": "text/event-stream" });
  const response = { id: `resp_${turns.length}` };
  send(stream, "response.created", { response });
  send(stream, "response.output_text.delta", { delta: "half " });
  turns.push(() => {
    send(stream, "response.output_text.delta", { delta: "whole" });
    send(stream, "response.completed", { response });
    stream.end();
  });
  tell({
    turn: {
      account: String(headers["chatgpt-account-id"]),
      session: sessions.indexOf(stream.session),
    },
  });
});

createInterface({ input: process.stdin }).on("line", (line) => {
  const { end, destroy } = JSON.parse(line);
  if (end !== undefined) turns[end]();
  if (destroy !== undefined) sessions[destroy].destroy();
}).on("close", () => process.exit(0));

server.listen(0, "127.0.0.1", () => tell({ port: server.address().port }));
