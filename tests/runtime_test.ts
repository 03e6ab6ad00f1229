import { assertEquals } from "@std/assert";
import type { OutgoingRequest } from "../lib/runtime.ts";
import { RawUpstream } from "./support/raw_upstream.ts";
import { system } from "./support/system.ts";

const LINES: Readonly<Record<string, OutgoingRequest["headers"]>> = {
  "of the usual kind": [["zed", "1"], ["alpha", "2"], ["accept", "*/*"]],
  "with one name twice": [["zed", "1"], ["zed", "2"], ["alpha", "3"]],
  "with a number for a name": [["zed", "1"], ["9", "2"], ["alpha", "3"]],
  "with the name of a prototype": [["zed", "1"], ["__proto__", "2"]],
};

for (const [what, headers] of Object.entries(LINES)) {
  Deno.test(`fetch() sends header lines ${what} in their order`, async () => {
    await using upstream = new RawUpstream(async ({ raw }) => {
      await raw("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok");
    });
    using client = system.openClient();
    const answer = await system.fetch({
      method: "GET",
      url: new URL(upstream.url),
      headers,
      body: undefined,
      signal: new AbortController().signal,
      client,
    });
    await answer.text();
    const lines = upstream.heads.join().split("\r\n").slice(1);
    assertEquals(
      lines.slice(0, headers.length),
      headers.map(([name, value]) => `${name}: ${value}`),
    );
  });
}
