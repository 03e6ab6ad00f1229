/**
 * A program that connects to the port of its first argument over TLS, and
 * prints whether it was answered. Its other arguments are files of roots.
 */
import { createConnector } from "../../lib/upstream/socket/socket.ts";

const [port, ...files] = Deno.args;
const connect = createConnector({
  env: () => undefined,
  rootCertificates: files.map((file) => Deno.readTextFileSync(file)),
  after: () => () => {},
});
const outcome = await connect({
  url: new URL(`https://127.0.0.1:${port}/`),
  headers: [],
  signal: new AbortController().signal,
  maxMessageBytes: 1000,
  handlers: { message: () => {}, binary: () => {}, close: () => {} },
}).then(({ kind }) => kind, (error: Error) => error.message);
// deno-lint-ignore no-console
console.log(outcome);
