/** Faults inside a 200, on the wire. */

import { assert, assertEquals } from "@std/assert";
import {
  cutAfter,
  emptyStream,
  errorEvent,
  extraHeaders,
  type Fault,
  missingTerminal,
  pacedDeltas,
  responseFailed,
  responseIncomplete,
  silenceAfter,
} from "../../lib/simulator/faults/faults.ts";
import captures from "../fixtures/captures/C2-ws-inband-reactions.json" with {
  type: "json",
};
import { capturedPart } from "./captured.ts";
import {
  post,
  RawConnection,
  rawTurn,
  startWithAccount,
  turn,
  turnBody,
} from "./support.ts";

const CREATED = "response.created";
const DELTA = "response.output_text.delta";
const OPENED = [
  "response.in_progress",
  "response.output_item.added",
  "response.content_part.added",
];
const CONTENT = [
  ...OPENED,
  DELTA,
  DELTA,
  "response.output_text.done",
  "response.content_part.done",
  "response.output_item.done",
];
const COMPLETED = "response.completed";

const STREAMS: ReadonlyArray<[string, Fault, readonly string[]]> = [
  ["emptyStream()", emptyStream(), []],
  ["missingTerminal()", missingTerminal(), [CREATED, ...CONTENT]],
  ["responseFailed(after 0)", responseFailed("x", "y", 0), ["response.failed"]],
  ["responseFailed()", responseFailed("x", "y"), [CREATED, "response.failed"]],
  ["responseFailed(after all)", responseFailed("x", "y", Infinity), [
    CREATED,
    ...CONTENT,
    "response.failed",
  ]],
  ["responseIncomplete()", responseIncomplete("max_output_tokens", 5), [
    CREATED,
    ...OPENED,
    DELTA,
    "response.incomplete",
  ]],
  ["errorEvent()", errorEvent({ type: "x" }), [CREATED, "error"]],
  ["silenceAfter(1, 5 ms)", silenceAfter(1, 5), [
    CREATED,
    ...CONTENT,
    COMPLETED,
  ]],
];

for (const [name, fault, types] of STREAMS) {
  Deno.test(`${name} sends ${types.join(", ") || "nothing"}`, async () => {
    await using started = await startWithAccount();
    const { simulator, account } = started;
    account.fault(fault);
    const events = await turn(simulator, { account, body: turnBody("hi") });
    assertEquals(events.map((event) => event.type), [...types]);
  });
}

type InBand = readonly [Fault, unknown];

const IN_BAND: Readonly<Record<keyof typeof captures, InBand>> = {
  "C2-ws-failed-server_error": inBand("C2-ws-failed-server_error"),
  "C2-ws-failed-rate_limit_exceeded": inBand(
    "C2-ws-failed-rate_limit_exceeded",
  ),
  "C2-ws-incomplete-max": [
    responseIncomplete("max_output_tokens", 0),
    captures["C2-ws-incomplete-max"],
  ],
  "C2-ws-overloaded": [
    errorEvent(captures["C2-ws-overloaded"].error, { status: 503, after: 0 }),
    captures["C2-ws-overloaded"],
  ],
  "C2-ws-usage_limit-nostatus": [
    errorEvent(captures["C2-ws-usage_limit-nostatus"].error, { after: 0 }),
    captures["C2-ws-usage_limit-nostatus"],
  ],
};

function inBand(
  name: "C2-ws-failed-server_error" | "C2-ws-failed-rate_limit_exceeded",
): InBand {
  const { code, message } = captures[name].response.error;
  return [responseFailed(code, message, 0), captures[name]];
}

/** Ids and times are the simulator's own. */
function comparable(value: unknown): string {
  return JSON.stringify(
    value,
    (key, item) => key === "id" || key === "created_at" ? typeof item : item,
  );
}

for (const [name, [fault, captured]] of Object.entries(IN_BAND)) {
  Deno.test(`an in-band failure looks like ${name}`, async () => {
    await using started = await startWithAccount();
    const { simulator, account } = started;
    account.fault(fault);
    const [event] = await turn(simulator, { account, body: turnBody("hi") });
    const part = capturedPart(event, captured);
    assertEquals(comparable(part), comparable(captured));
  });
}

const CUTS: ReadonlyArray<[string, Fault, number, boolean]> = [
  ["cutAfter(0)", cutAfter(0), 0, false],
  ["cutAfter(2)", cutAfter(2), 2, false],
  ["cutAfter(2, mid event)", cutAfter(2, { midEvent: true }), 2, true],
];

for (const [name, fault, whole, half] of CUTS) {
  Deno.test(`${name} closes in the middle of the answer`, async () => {
    await using started = await startWithAccount();
    const { simulator, account } = started;
    account.fault(fault);
    using raw = await RawConnection.to(simulator);
    await raw.write(rawTurn(account, turnBody("hi")));
    const text = await raw.readToEnd();

    assert(text.startsWith("HTTP/1.1 200 OK\r\n"), text);
    assertEquals(text.endsWith("\r\n0\r\n\r\n"), false);
    assertEquals(text.match(/^event: /gm)?.length ?? 0, whole + (half ? 1 : 0));
    assertEquals(text.match(/\}\n\n/g)?.length ?? 0, whole);

    await turn(simulator, { account, body: turnBody("hi") });
    const [{ aborted, finished } = {}] = simulator.requests;
    assertEquals({ aborted, finished }, { aborted: false, finished: false });
  });
}

Deno.test("silenceAfter() goes quiet behind the events it names", async () => {
  await using started = await startWithAccount();
  const { simulator, account } = started;
  account.fault(silenceAfter(1));
  using raw = await RawConnection.to(simulator);
  await raw.write(rawTurn(account, turnBody("hi")));
  let text = "";
  while (!text.includes("\n\n\r\n")) text += await raw.read();
  await turn(simulator, { account, body: turnBody("hi") });
  raw.close();
  await simulator.waitFor(([request]) => request?.aborted === true);

  assertEquals(text.match(/^event: (.+)$/gm), [`event: ${CREATED}`]);
});

Deno.test("pacedDeltas() sends as many deltas as asked for, as large", async () => {
  await using started = await startWithAccount();
  const { simulator, account } = started;
  account.fault(pacedDeltas({ count: 20, intervalMs: 1, sizeBytes: 7 }));
  const begun = performance.now();
  const events = await turn(simulator, { account, body: turnBody("hi") });
  const took = performance.now() - begun;
  const deltas = events.filter((event) => event.type === DELTA)
    .map((event) => event.delta);
  assertEquals(deltas, new Array(20).fill("xxxxxxx"));
  assert(took > 15, `20 deltas in ${took} ms`);
});

Deno.test("a stream larger than the socket's buffers arrives whole", async () => {
  await using started = await startWithAccount();
  const { simulator, account } = started;
  const sizeBytes = 256 * 1024;
  account.fault(pacedDeltas({ count: 40, intervalMs: 0, sizeBytes }));
  const events = await turn(simulator, { account, body: turnBody("hi") });
  const size = events.map((event) => String(event.delta ?? "").length)
    .reduce((sum, length) => sum + length);
  assertEquals(size, 40 * sizeBytes);
});

Deno.test("extraHeaders() adds lines to an answer that goes well", async () => {
  await using started = await startWithAccount();
  const { simulator, account } = started;
  account.fault(extraHeaders([["openai-model", "gpt-other"]]));
  const response = await post(simulator, { account, body: turnBody("hi") });
  assertEquals(response.headers.get("openai-model"), "gpt-other");
  assert((await response.text()).includes(COMPLETED));
});
