/**
 * A program that has `fetch` go through each proxy of its arguments.
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
const clients = Deno.args.map((proxy) => {
  Deno.env.set("ALL_PROXY", proxy);
  return runtime.openClient();
});
await Promise.all(clients.map(async (client) => {
  // With TLS, so that a tunnel is asked for; an address that is nobody's (RFC
  // 5737), so that no name is looked up.
  const signal = AbortSignal.timeout(20_000);
  await fetch("https://192.0.2.1/", { client, signal }).catch(() => {});
  client.close();
}));
