/** Views and patches by chance: the page shows what the last view would. */
import { assertEquals } from "@std/assert";
import { changesIn, printed } from "../../lib/server/view/patch.ts";
import type { ViewParts } from "../../lib/server/view/view.ts";
import { randomlyChanged } from "../server/view/random_view.ts";
import { sampleParts } from "../server/view/sample.ts";
import { startTestGateway } from "../support/gateway.ts";
import { type Random, seeded } from "../support/random.ts";
import { Chromium } from "./chromium.ts";
import { Tab } from "./tab.ts";

const SEQUENCES = 1000;
/** In one call: each call costs a moment. */
const AT_ONCE = 50;

/** A stream that the test fills; it counts how often it was opened. */
const FAKE_STREAM = `
globalThis.opened = 0;
// Spans must not go on while two texts are compared.
const stopped = Date.now();
Date.now = () => stopped;
globalThis.EventSource = class extends EventTarget {
  static CLOSED = 2;
  readyState = 1;
  constructor() {
    super();
    opened++;
    globalThis.stream = this;
  }
  close() {
    this.readyState = 2;
  }
};
globalThis.send = (type, data) => {
  const event = new Event(type);
  event.data = JSON.stringify(data);
  stream.dispatchEvent(event);
};
globalThis.textOf = () => document.querySelector("main").innerText;
/** Plays sequences; after each, the same view as a whole must change nothing. */
globalThis.play = (sequences) => sequences.flatMap(({ events, last }) => {
  for (const { type, data, view } of events) {
    const before = opened;
    send(type, data);
    // A gap: the page has asked for a whole view.
    if (opened > before) send("view", view);
  }
  const patched = textOf();
  send("view", { ...last, accounts: [], turns: [], decisions: [], problems: [] });
  send("view", last);
  const whole = textOf();
  if (patched === whole) return [];
  const lines = whole.split("\\n");
  return patched.split("\\n").map((line, at) => [line, lines[at]])
    .filter(([one, other]) => one !== other);
});`;

interface Event {
  readonly type: "view" | "patch";
  readonly data: unknown;
  /** The view at that time, as a new stream would begin with. */
  readonly view: unknown;
}

interface Sequence {
  readonly events: readonly Event[];
  /** The view as it is in the end. */
  readonly last: unknown;
}

const NOW = "2026-11-29T12:00:00.000Z";

function sequence(random: Random): Sequence {
  let parts: ViewParts = sampleParts();
  let seq = random.int(100);
  let view = { seq, now: NOW, ...parts };
  const events: Event[] = [{ type: "view", data: view, view }];
  for (let left = 1 + random.int(8); left > 0; left--) {
    const next = randomlyChanged(parts, random);
    const before = printed(parts);
    const changes = changesIn(next, { before, next: printed(next) });
    parts = next;
    if (changes === undefined) continue;
    view = { seq: ++seq, now: NOW, ...parts };
    events.push({ type: "patch", data: { seq, now: NOW, ...changes }, view });
  }
  // One in eight is lost, but not the last.
  const kept = events.filter((_, at) =>
    at === 0 || at === events.length - 1 || !random.oneIn(8)
  );
  return { events: kept, last: view };
}

Deno.test("1,000 sequences of views and patches, with gaps", async () => {
  await using test = await startTestGateway();
  await using browser = await Chromium.start();
  await using tab = await Tab.open(browser, { before: FAKE_STREAM });
  await tab.go(`${test.gateway.adminOrigin}/`);
  await tab.until("globalThis.stream");
  await tab.value("document.querySelector('#latest').open = true");
  const random = seeded(1129);
  for (let done = 0; done < SEQUENCES; done += AT_ONCE) {
    const sequences = Array.from({ length: AT_ONCE }, () => sequence(random));
    const different = await tab.value(`play(${JSON.stringify(sequences)})`);
    assertEquals(different, []);
  }
  assertEquals(tab.console, []);
});
