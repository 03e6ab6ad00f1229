/** The stream of events, with a clock that only the test moves. */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { LiveView } from "../../../lib/server/view/live_view.ts";
import type { ViewParts } from "../../../lib/server/view/view.ts";
import { FakeClock } from "../../support/clock.ts";
import { sampleParts } from "./sample.ts";

class Stage {
  readonly clock = new FakeClock();
  parts: ViewParts = sampleParts();
  /** How often a view was made. */
  made = 0;
  readonly live = new LiveView({
    runtime: { ...this.clock.read, after: this.clock.after },
    make: () => {
      this.made++;
      return this.parts;
    },
  });

  turns(open: number): void {
    const { pool } = this.parts;
    this.parts = { ...this.parts, pool: { ...pool, turns_open: open } };
  }
}

type Reader = ReadableStreamDefaultReader<Uint8Array<ArrayBuffer>>;

function open(live: LiveView): Reader {
  const stream = live.open();
  assert(stream);
  return stream.getReader();
}

async function next(reader: Reader): Promise<string> {
  const { value } = await reader.read();
  return new TextDecoder().decode(value);
}

Deno.test("events: a view, then patches, four a second at most", async () => {
  const stage = new Stage();
  const reader = open(stage.live);
  assertStringIncludes(await next(reader), "event: view\nid: 0\ndata: {");
  for (let turns = 1; turns <= 50; turns++) {
    stage.turns(turns);
    stage.clock.pass(20);
  }
  stage.clock.pass(1000);
  for (let seq = 1; seq <= 4; seq++) {
    const text = await next(reader);
    assertStringIncludes(text, `event: patch\nid: ${seq}\n`);
    if (seq === 4) assertStringIncludes(text, '"turns_open":50');
  }
  stage.live.close();
  assertEquals((await reader.read()).done, true);
  assertEquals(stage.clock.timers, 0);
});

Deno.test("events: nothing changes, nothing is sent but a comment", async () => {
  const stage = new Stage();
  const reader = open(stage.live);
  await next(reader);
  stage.clock.pass(14_900);
  stage.clock.pass(200);
  assertEquals(await next(reader), ": still here\n\n");
  stage.clock.pass(15_000);
  assertEquals(await next(reader), ": still here\n\n");
  stage.live.close();
});

Deno.test("events: nothing is computed while nobody reads", async () => {
  const stage = new Stage();
  stage.clock.pass(60_000);
  assertEquals(stage.made, 0);
  const reader = open(stage.live);
  stage.clock.pass(1000);
  assertEquals(stage.made, 5);
  await reader.cancel();
  assertEquals(stage.clock.timers, 0);
  stage.clock.pass(60_000);
  assertEquals(stage.made, 5);
});

Deno.test("events: four streams, and a place that is free again", async () => {
  const { live } = new Stage();
  const readers = [open(live), open(live), open(live), open(live)];
  assertEquals(live.open(), undefined);
  await readers[1]?.cancel();
  assertEquals(live.watchers, 3);
  open(live);
  assertEquals(live.open(), undefined);
  live.close();
  assertEquals(live.open(), undefined);
});

Deno.test("events: who joins later has the view of the others", async () => {
  const stage = new Stage();
  const first = open(stage.live);
  await next(first);
  stage.turns(1);
  const second = open(stage.live);
  assertStringIncludes(await next(first), "event: patch\nid: 1\n");
  const view = await next(second);
  assertStringIncludes(view, "event: view\nid: 1\n");
  assertStringIncludes(view, '"turns_open":1');
  stage.live.close();
});

Deno.test("events: a reader that lags is let go, the others are not", async () => {
  const stage = new Stage();
  const slow = open(stage.live);
  const quick = open(stage.live);
  await next(quick);
  let patches = 0;
  while (stage.live.watchers === 2 && patches < 1000) {
    const { pool } = stage.parts;
    const long = { ...pool, headline: [`${patches}`, "x".repeat(20_000)] };
    stage.parts = { ...stage.parts, pool: long };
    stage.clock.pass(250);
    patches++;
    await next(quick);
  }
  assertEquals(stage.live.watchers, 1);
  // 256 KiB in pieces of 20,000 characters.
  assert(patches >= 13 && patches <= 15, `${patches}`);
  const error = await slow.read().then(() => undefined, (error) => error);
  assertStringIncludes(String(error), "too slow");
  stage.live.close();
});
