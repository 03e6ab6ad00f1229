/** Answers that upstream has encoded, on every path they come by. */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import type { Coding } from "../../lib/protocol/content_coding.ts";
import * as faults from "../../lib/simulator/faults/faults.ts";
import type { RecordedRequest } from "../../lib/simulator/http/recorder.ts";
import * as refusals from "../../lib/simulator/faults/refusals.ts";
import { startTestGateway, type TestGateway } from "../support/gateway.ts";
import { assertNobodyBlamed, assertQuiet } from "../support/quiet.ts";

const CODINGS: readonly Coding[] = ["gzip", "zstd", "br", "deflate"];
const ASKED = "zstd,gzip";
const SDK = { originator: "sdk" };

function turnAsking(
  test: TestGateway,
  asked: string,
  body: Readonly<Record<string, unknown>> = {},
): Promise<Response> {
  return test.turn(body, { headers: { "accept-encoding": asked } });
}

/** What a caller gets where nothing is encoded, without what is of one turn. */
function general(text: string): string {
  return text.replaceAll(/"[\w-]*_sim_[^"]*"|"created_at":\d+/g, "<>");
}

function encodingsOf(request: RecordedRequest | undefined): string | undefined {
  return request?.headers.find(([name]) => name === "accept-encoding")?.[1];
}

for (const coding of CODINGS) {
  for (const asked of ["identity", ASKED]) {
    Deno.test(`a turn that upstream sends as ${coding} arrives whole for a caller that asked for ${asked}`, async () => {
      await using test = await startTestGateway({ warm: true });
      test.account("a").fault(faults.encodedAs(coding), Infinity);

      const encoded = await turnAsking(test, asked);

      assertEquals(encoded.status, 200);
      assertEquals(encoded.headers.get("content-encoding"), null);
      const text = await encoded.text();
      assertStringIncludes(text, "response.completed");
      test.simulator.clearFaults();
      const plain = await (await turnAsking(test, asked)).text();
      assertEquals(general(text).length, general(plain).length);
      await assertQuiet(test);
      await assertNobodyBlamed(test);
    });
  }

  Deno.test(`a list whose ${coding} breaks off is asked for again, a turn that has ended is not`, async () => {
    await using test = await startTestGateway({ warm: true });
    const account = test.account("a");
    const broken = faults.encodedAs(coding, { unfinished: true });
    account.fault(broken, 1);
    const whole = await turnAsking(test, ASKED);
    assertStringIncludes(await whole.text(), "response.completed");
    assertEquals(account.turns, 1);

    account.faultAt("models", broken, 1);
    const list = await fetch(test.url("/v1/models?client_version=0.171.0"), {
      headers: { originator: "codex_exec", "accept-encoding": ASKED },
    });
    assertEquals(list.status, 200);
    assert(Array.isArray((await list.json()).models));
    await assertQuiet(test);
    await assertNobodyBlamed(test);
  });

  Deno.test(`a refresh whose answer is ${coding} gives its tokens`, async () => {
    await using test = await startTestGateway();
    test.account("a").faultAt("token", faults.encodedAs(coding), Infinity);
    const turn = await test.turn();
    assertStringIncludes(await turn.text(), "response.completed");
    assertEquals(test.account("a").refreshCount, 1);
    const [grant] = test.simulator.requests.filter(({ target }) =>
      target === "/oauth/token"
    );
    assertEquals(encodingsOf(grant), ASKED);
    await assertQuiet(test);
  });
}

Deno.test("what a caller can decode reaches upstream, whose answer comes back without it", async () => {
  await using test = await startTestGateway({ warm: true });
  test.simulator.contentCodings = ["zstd", "gzip"];
  const turn = await turnAsking(test, ASKED);
  assertStringIncludes(await turn.text(), "response.completed");
  assertEquals(encodingsOf(test.simulator.requests.at(-1)), ASKED);

  const account = test.account("a");
  account.fault(refusals.contextLengthExceeded(), 1);
  const refused = await turnAsking(test, ASKED);
  assertEquals(refused.status, 400);
  assertEquals(refused.headers.get("content-encoding"), null);
  assertEquals((await refused.json()).error.code, "context_length_exceeded");
  await assertQuiet(test);
});

Deno.test("events come as upstream flushes them, encoded or not", async () => {
  await using test = await startTestGateway({ warm: true });
  const account = test.account("a");
  for (const codings of [[], ["gzip"], ["zstd"]] satisfies Coding[][]) {
    test.simulator.contentCodings = codings;
    // Content, then silence until the caller leaves.
    account.fault(faults.silenceAfter(8), 1);
    const turn = await turnAsking(test, ASKED);
    const reader = turn.body?.pipeThrough(new TextDecoderStream()).getReader();
    assert(reader);
    let text = "";
    while (!text.includes("response.output_text.delta")) {
      const { done, value } = await reader.read();
      assert(!done);
      text += value;
    }
    await reader.cancel();
  }
  await assertQuiet(test);
});

Deno.test("a turn that is cut inside its coding is told so, as any other", async () => {
  await using test = await startTestGateway({ warm: true });
  for (const codings of [["gzip"], ["zstd"]] satisfies Coding[][]) {
    test.simulator.contentCodings = codings;
    test.account("a").fault(faults.cutAfter(6, { midEvent: true }), 1);
    const text = await (await turnAsking(test, ASKED)).text();
    assertStringIncludes(text, "response.output_text.delta");
    assertStringIncludes(text, "response.failed");
  }
  await assertQuiet(test);
  await assertNobodyBlamed(test);
});

Deno.test("the list for SDK callers is read, encoded or not", async () => {
  await using test = await startTestGateway({ warm: true });
  test.simulator.contentCodings = ["zstd"];
  const list = await fetch(test.url("/v1/models"), { headers: SDK });
  assertEquals((await list.json()).object, "list");
  const [request] = test.simulator.requests.filter(({ target }) =>
    target.includes("/models")
  );
  assertEquals(encodingsOf(request), ASKED);
  await assertQuiet(test);
});
