/** The lines of a message keep their order, both ways. */
import { assertEquals } from "@std/assert";
import { writeAll } from "../support/connection.ts";
import {
  CODEX_BODY,
  CODEX_HEADERS,
  startTestGateway,
} from "../support/gateway.ts";
import { rawRequest } from "../support/raw_http.ts";
import { RawUpstream } from "../support/raw_upstream.ts";
import { WHOLE } from "../support/turns.ts";

const ENCODER = new TextEncoder();

/** The names of the lines of a head, without the first one. */
function namesIn(head: string): string[] {
  return head.trim().split("\r\n").slice(1)
    .map((line) => line.slice(0, line.indexOf(":")).toLowerCase());
}

/** The head of the answer to a request, as it is on the wire. */
async function headOf(origin: string, request: string): Promise<string> {
  const { port } = new URL(origin);
  using connection = await Deno.connect({ port: Number(port) });
  await writeAll(connection, ENCODER.encode(request));
  const buffer = new Uint8Array(65_536);
  let received = "";
  while (!received.includes("\r\n\r\n")) {
    const size = await connection.read(buffer);
    if (size === null) break;
    received += new TextDecoder().decode(buffer.subarray(0, size));
  }
  return received.slice(0, received.indexOf("\r\n\r\n"));
}

Deno.test("a turn's own headers keep their order, to upstream and back", async () => {
  await using upstream = new RawUpstream(async (exchange) => {
    await exchange.begin({ "x-zebra": "1", "x-ape": "2", "x-lion": "3" });
    await exchange.chunk(WHOLE);
    await exchange.end();
  });
  await using test = await startTestGateway({
    warm: true,
    upstream: upstream.url,
  });
  const body = JSON.stringify(CODEX_BODY);
  const head = await headOf(
    test.gateway.publicOrigin,
    rawRequest({
      method: "POST",
      target: "/v1/responses",
      headers: [
        ["host", new URL(test.gateway.publicOrigin).host],
        ["x-zulu", "1"],
        ["x-alpha", "2"],
        ["x-mike", "3"],
        ...Object.entries(CODEX_HEADERS),
        ["content-length", String(body.length)],
      ],
      body,
    }),
  );
  const own = ["x-zulu", "x-alpha", "x-mike"];
  const sent = namesIn(upstream.heads[0] ?? "");
  assertEquals(sent.filter((name) => own.includes(name)), own);
  const theirs = ["x-zebra", "x-ape", "x-lion"];
  assertEquals(namesIn(head).filter((name) => theirs.includes(name)), theirs);
});
