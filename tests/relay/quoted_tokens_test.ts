/** An upstream that tells its callers what they have sent. */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { acceptOf } from "../../lib/simulator/frames/accept.ts";
import { CANARY } from "../../lib/simulator/accounts/canary.ts";
import { assertNoToken } from "../support/canary.ts";
import { Caller } from "../support/caller.ts";
import {
  CODEX_HEADERS,
  startTestGateway,
  type TestGateway,
} from "../support/gateway.ts";
import { assertQuiet } from "../support/quiet.ts";
import { type RawExchange, RawUpstream } from "../support/raw_upstream.ts";

/** The access token of the request, as upstream has read it. */
function tokenIn({ head }: RawExchange): string {
  return /^authorization: Bearer (.*)$/im.exec(head)?.[1] ?? "";
}

function gatewayTo(upstream: RawUpstream): Promise<TestGateway> {
  return startTestGateway({
    warm: true,
    upstream: upstream.url,
    websockets: true,
  });
}

const STATUSES = [200, 400, 401, 403, 404, 413, 422, 429, 500, 503];

const PATHS = ["/v1/responses/compact", "/v1/alpha/search", "/v1/responses"];

for (const path of PATHS) {
  for (const status of STATUSES) {
    Deno.test(`${path} answered ${status}: the caller is told no token`, async () => {
      const quoting = async (exchange: RawExchange) => {
        const token = tokenIn(exchange);
        assert(CANARY.test(token));
        const body = JSON.stringify({
          error: { message: `Bearer ${token} is bad`, code: token },
          echo: `${token}${token}`,
          kept: "häß",
        });
        await exchange.raw(
          `HTTP/1.1 ${status} Said\r\ncontent-type: application/json\r\n` +
            `x-echo: Bearer ${token}\r\nx-kept: 1\r\nconnection: close\r\n` +
            `content-length: ${new TextEncoder().encode(body).length}\r\n\r\n` +
            body,
        );
        exchange.cut();
      };
      await using upstream = new RawUpstream(quoting);
      await using test = await gatewayTo(upstream);
      const response = await fetch(test.url(path), {
        method: "POST",
        headers: CODEX_HEADERS,
        body: JSON.stringify({
          model: "m",
          stream: path.endsWith("responses"),
        }),
      });
      const text = await response.text();
      assertNoToken(text, "the body");
      assertNoToken(JSON.stringify([...response.headers]), "the head");
      if (response.headers.get("x-kept") === "1") {
        const body = JSON.parse(text);
        assertEquals(response.headers.get("x-echo"), "Bearer [redacted]");
        assertEquals([body.echo, body.kept], ["[redacted][redacted]", "häß"]);
      }
      await assertQuiet(test);
    });
  }
}

Deno.test("the head of a stream tells no token", async () => {
  await using upstream = new RawUpstream(async (exchange) => {
    await exchange.begin({ "x-echo": tokenIn(exchange) });
    await exchange.chunk(
      new TextEncoder().encode(
        'event: response.completed\ndata: {"type":"response.completed"}\n\n',
      ),
    );
    await exchange.end();
  });
  await using test = await gatewayTo(upstream);
  const response = await test.turn();
  assertEquals(response.headers.get("x-echo"), "[redacted]");
  assertStringIncludes(await response.text(), "response.completed");
  await assertQuiet(test);
});

for (const status of [101, 400, 401, 403, 426, 429, 500]) {
  Deno.test(`a handshake answered ${status} tells no token`, async () => {
    await using upstream = new RawUpstream(async (exchange) => {
      const token = tokenIn(exchange);
      assert(CANARY.test(token));
      const body = `{"error":{"message":"Bearer ${token}"}}`;
      const key = /^sec-websocket-key: *(.*)$/im.exec(exchange.head)?.[1];
      const head = status === 101
        ? "connection: Upgrade\r\nupgrade: websocket\r\n" +
          `sec-websocket-accept: ${acceptOf(key?.trim() ?? "")}\r\n`
        : `content-length: ${body.length}\r\ncontent-type: application/json\r\n`;
      await exchange.raw(
        `HTTP/1.1 ${status} Said\r\nx-echo: ${token}\r\n${head}\r\n` +
          (status === 101 ? "" : body),
      );
      if (status === 101) await exchange.left;
      exchange.cut();
    });
    await using test = await gatewayTo(upstream);
    using caller = await Caller.open(test);
    assert(caller.status > 0);
    assertNoToken(caller.head, "the answer");
    caller.cut();
    await assertQuiet(test);
  });
}
