/**
 * A program that has `fetch` go through each proxy of its arguments in turn.
 * What came of it, the proxies know.
 */

import { systemRuntime } from "../../lib/runtime.ts";

for (const name of Object.keys(Deno.env.toObject())) {
  if (/_proxy$/i.test(name)) Deno.env.delete(name);
}
const runtime = systemRuntime({
  log: { debug() {}, info() {}, warn() {}, error() {} },
  rootCertificates: [],
});
for (const proxy of Deno.args) {
  Deno.env.set("ALL_PROXY", proxy);
  const client = runtime.openClient();
  // With TLS, so that a tunnel is asked for.
  await fetch("https://upstream.test/", { client }).catch(() => {});
  client.close();
}
