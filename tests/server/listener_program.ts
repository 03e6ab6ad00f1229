/**
 * Binds one listener at the address of its arguments and prints what came of
 * it. Run by `listener_test.ts`, with a variable that moves it.
 */
import { KEEP_TIMES } from "../../lib/limits.ts";
import { listen } from "../../lib/server/port/listener.ts";
import { after, SILENT } from "../support/system.ts";

const [hostname = "", port = ""] = Deno.args;
const listener = listen({
  name: "public",
  flag: "--listen",
  address: { hostname, port: Number(port) },
  handler: () => new Response(null),
  hosts: [],
  origins: [],
  log: SILENT,
  after,
  times: KEEP_TIMES,
});
// deno-lint-ignore no-console
console.log(listener.ok ? `bound ${listener.value.origin}` : listener.error);
Deno.exit();
