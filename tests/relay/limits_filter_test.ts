/** Events about one account's limits leave a stream, and nothing else does. */
import { assert, assertEquals } from "@std/assert";
import { concat } from "@std/bytes";
import { MAX_LIMITS_EVENT_CHARS } from "../../lib/limits.ts";
import { SseScanner } from "../../lib/protocol/sse.ts";
import { LimitsFilter } from "../../lib/relay/limits_filter.ts";
import { type Random, randomChunks, seeded } from "../support/random.ts";
import { type Bytes, COMPLETED, DELTA, event, text } from "../support/turns.ts";

const encoder = new TextEncoder();
const POOLED = event("codex.rate_limits", { rate_limits: { of: "the pool" } });
const LIMITS = event("codex.rate_limits", { rate_limits: { of: "ada" } });

/** What comes out, chunk by chunk; the last is what was held to the end. */
function passed(
  chunks: readonly Uint8Array[],
  pooled: () => Bytes | undefined = () => POOLED,
): readonly Bytes[] {
  const scanner = new SseScanner(() => true);
  const filter = new LimitsFilter(scanner, pooled);
  const out = chunks.map((chunk) => {
    // As the relay does: the buffer is used again.
    const buffer = new Uint8Array(chunk);
    const events = scanner.push(buffer);
    const bytes = filter.pass(buffer, events);
    buffer.fill(0x78);
    return bytes;
  });
  return [...out, filter.rest()];
}

function textOf(chunks: readonly Bytes[]): string {
  return text(concat([...chunks]));
}

Deno.test("the first is replaced, and further ones are taken out", () => {
  const stream = concat([DELTA, LIMITS, DELTA, LIMITS, LIMITS, COMPLETED]);
  assertEquals(
    textOf(passed([stream])),
    text(concat([DELTA, POOLED, DELTA, COMPLETED])),
  );
});

Deno.test("without figures of the pool all are taken out, until there are some", () => {
  const stream = concat([LIMITS, DELTA, LIMITS, COMPLETED]);
  assertEquals(
    textOf(passed([stream], () => undefined)),
    text(concat([DELTA, COMPLETED])),
  );
  let asked = 0;
  assertEquals(
    textOf(passed([stream], () => asked++ === 0 ? undefined : POOLED)),
    text(concat([DELTA, POOLED, COMPLETED])),
  );
});

Deno.test("an event with another name passes, whatever is in it", () => {
  const others = concat([
    event("codex.rate_limits_other"),
    event("response.output_text.delta", { delta: text(LIMITS) }),
    encoder.encode(": codex.rate_limits\n\n"),
  ]);
  assertEquals(textOf(passed([others])), text(others));
});

Deno.test("a type in the data counts where the event has no other", () => {
  const data = encoder.encode('data: {"type":"codex.rate_limits"}\n\n');
  const half = data.length / 2;
  assertEquals(
    textOf(passed([data.slice(0, half), data.slice(half), DELTA])),
    text(concat([POOLED, DELTA])),
  );
});

Deno.test("the line feed of a split line end goes with its event", () => {
  const crlf = encoder.encode(text(LIMITS).replaceAll("\n", "\r\n"));
  for (let cut = 0; cut <= crlf.length; cut++) {
    const chunks = [concat([DELTA, crlf.slice(0, cut)]), crlf.slice(cut)];
    assertEquals(
      textOf([...passed([...chunks.filter(({ length }) => length), DELTA])]),
      text(concat([DELTA, POOLED, DELTA])),
      `cut at ${cut}`,
    );
  }
});

Deno.test("only what may be such an event waits for its end", () => {
  const begun = (bytes: Bytes) => textOf(passed([bytes]).slice(0, 1));
  assertEquals(begun(DELTA.slice(0, -1)), text(DELTA.slice(0, -1)));
  assertEquals(begun(LIMITS.slice(0, -1)), "");
  assertEquals(begun(concat([DELTA, LIMITS.slice(0, 9)])), text(DELTA));
  const untyped = encoder.encode('data: {"type":"response.output_');
  assertEquals(begun(untyped), "");
});

Deno.test("an event that is too long to be one is not held back", () => {
  const long = encoder.encode(`data: ${"x".repeat(MAX_LIMITS_EVENT_CHARS)}`);
  const more = encoder.encode("y");
  const [first, second] = passed([long, more]);
  assertEquals([first?.length, second?.length], [long.length, 1]);
  // Its beginning is with the caller, so the rest follows.
  const end = encoder.encode("\n\n");
  const limits = encoder.encode(
    `event: codex.rate_limits\ndata: ${"x".repeat(MAX_LIMITS_EVENT_CHARS)}`,
  );
  assertEquals(
    textOf(passed([limits, end, DELTA])),
    text(concat([limits, end, DELTA])),
  );
});

Deno.test("what is held at the end is not lost", () => {
  const held = encoder.encode("event: image_gen");
  const out = passed([concat([DELTA, held])]);
  assertEquals(out.map(text), [text(DELTA), text(held)]);
});

function randomStream(random: Random): Bytes {
  const ends = ["\n", "\r\n", "\r"];
  const pieces = Array.from({ length: random.int(12) }, () => {
    const end = random.pick(ends);
    const type = random.pick([
      "codex.rate_limits",
      "codex.rate_limits",
      "response.output_text.delta",
      "codex",
      "",
    ]);
    const lines = [
      ...type && !random.oneIn(4) ? [`event: ${type}`] : [],
      ...random.oneIn(5) ? [": a comment"] : [],
      ...random.oneIn(6) ? [] : [`data: {"type":"${type}","n":1}`],
      "",
      ...random.oneIn(5) ? [""] : [],
    ];
    return encoder.encode(lines.map((line) => line + end).join(""));
  });
  const stream = concat(pieces);
  return random.oneIn(3)
    ? stream.slice(0, random.int(stream.length + 1))
    : stream;
}

Deno.test("the same comes out however the stream is cut", () => {
  let replaced = 0;
  for (let seed = 1; seed <= 4000; seed++) {
    const random = seeded(seed);
    const stream = randomStream(random);
    const events = new SseScanner(() => true).push(stream);
    const limits = events.filter(({ type }) => type === "codex.rate_limits");
    let at = 0;
    const expected: Bytes[] = [];
    for (const [index, { start, end }] of limits.entries()) {
      expected.push(stream.slice(at, start));
      if (index === 0) expected.push(POOLED);
      at = end;
    }
    expected.push(stream.slice(at));
    const chunks = randomChunks(random, stream, 1 + random.int(60));
    assertEquals(
      textOf(passed(chunks)),
      text(concat(expected)),
      `seed ${seed}`,
    );
    replaced += limits.length;
  }
  assert(replaced > 4000, `${replaced}`);
});
