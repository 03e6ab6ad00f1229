/**
 * A program that prints, for each row of its argument, which of two proxies
 * `fetch` asks: 1, 2, or 0 for none. Proxies are the whole process's, and are
 * read whenever a client is made.
 */
import { system } from "../support/system.ts";

interface Row {
  readonly url: string;
  readonly env: Readonly<Record<string, string>>;
}

/** Nobody listens there, so that whoever goes direct finds nothing. */
const CLOSED_PORT = "10";

const rows: readonly Row[] = JSON.parse(Deno.args[0] ?? "[]");
let asked = 0;
const listeners = [1, 2].map((name) => {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  (async () => {
    for await (const connection of listener) {
      asked = name;
      connection.close();
    }
  })().catch(() => {});
  return listener;
});

for (const name of Object.keys(Deno.env.toObject())) {
  if (/_proxy$/i.test(name)) Deno.env.delete(name);
}

const found: number[] = [];
for (const { url, env } of rows) {
  for (const [name, value] of Object.entries(env)) {
    // Ports 1 and 2 stand for the two.
    const port = listeners[Number(/:([12])$/.exec(value)?.[1]) - 1]?.addr.port;
    Deno.env.set(name, port ? value.replace(/[12]$/, String(port)) : value);
  }
  asked = 0;
  const client = system.openClient();
  const target = new URL(url);
  target.port = CLOSED_PORT;
  await fetch(target, { client }).catch(() => {});
  client.close();
  found.push(asked);
  for (const name of Object.keys(env)) Deno.env.delete(name);
}
for (const listener of listeners) listener.close();
// deno-lint-ignore no-console
console.log(JSON.stringify(found));
