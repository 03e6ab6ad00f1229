/** What the page does while it is open. */
import { assert, assertEquals } from "@std/assert";
import { spentForAnHour } from "../support/faults.ts";
import { freePort } from "../support/free_port.ts";
import { startFillFirst, startTestGateway } from "../support/gateway.ts";
import { Chromium } from "./chromium.ts";
import { Tab } from "./tab.ts";

Deno.test("a refused account says so within a second, and nothing else moves", async () => {
  await using test = await startFillFirst({
    accounts: Array.from({ length: 12 }, (_, at) => `acc${at}`),
  });
  await using browser = await Chromium.start();
  await using tab = await Tab.open(browser, { height: 500 });
  await tab.go(`${test.gateway.adminOrigin}/`);
  await tab.until("document.querySelector('[data-id=acc0]')");
  await tab.value(`{
    globalThis.before = new Map();
    for (const one of document.querySelectorAll("[data-id^=acc]")) {
      before.set(one.dataset.id, one);
    }
    document.querySelector("[data-id=acc5] button").focus();
    scrollTo(0, 300);
  }`);
  test.account("acc0").fault(spentForAnHour(), Infinity);
  await (await test.turn()).text();
  await tab.until(
    "document.querySelector('[data-id=acc0] .state').innerText.includes('used up')",
    1000,
  );
  const after = await tab.value(`({
    focus: document.activeElement.closest("[data-id]").dataset.id,
    scroll: scrollY,
    same: [...document.querySelectorAll("[data-id^=acc]")]
      .every((one) => before.get(one.dataset.id) === one),
    turn: document.querySelector("#turns tbody tr").innerText,
  })`);
  assertEquals([after.focus, after.scroll, after.same], ["acc5", 300, true]);
  assert(/acc1\b[^]*moved: acc0 is used up until \d\d:\d\d/.test(after.turn));
});

Deno.test("a gateway that stops and starts: not connected, then live again", async () => {
  const adminPort = freePort();
  const first = await startTestGateway({ accounts: ["ada", "bob"], adminPort });
  await using browser = await Chromium.start();
  await using tab = await Tab.open(browser);
  await tab.go(`${first.gateway.adminOrigin}/`);
  await tab.until("document.querySelector('[data-id=ada]')");
  await first[Symbol.asyncDispose]();
  await tab.until(
    "document.querySelector('#headline').innerText === 'Not connected, trying again.'",
  );
  assert(await tab.value("document.body.classList.contains('stale')"));
  await using second = await startTestGateway({
    accounts: ["ada", "cy"],
    adminPort,
  });
  await tab.until(
    "document.querySelector('#headline').innerText.startsWith('Ready')",
    15_000,
  );
  const ids = await tab.value(
    "[...document.querySelectorAll('#accounts tbody')].map((one) => one.dataset.id)",
  );
  assertEquals(ids, ["ada", "cy"]);
  // One stream is the page's, so three more are let in.
  const streams = [];
  for (const _ of [1, 2, 3]) streams.push(await second.admin("/admin/events"));
  const fifth = await second.admin("/admin/events");
  assertEquals(fifth.status, 503);
  await fifth.body?.cancel();
  for (const { status, body } of streams) {
    assertEquals(status, 200);
    await body?.cancel();
  }
  const loads = tab.requests.filter(({ url }) => url.endsWith("/"));
  assertEquals(loads.length, 1);
});

/** Counts timers and streams, and lets the test hide the page. */
const WATCHED = `{
  const { setInterval: set, clearInterval: clear, EventSource: Source } =
    globalThis;
  globalThis.timers = new Set();
  globalThis.setInterval = (...args) => {
    const id = set(...args);
    timers.add(id);
    return id;
  };
  globalThis.clearInterval = (id) => {
    timers.delete(id);
    clear(id);
  };
  globalThis.streams = [];
  globalThis.patches = 0;
  globalThis.EventSource = class extends Source {
    constructor(url) {
      super(url);
      streams.push(this);
      this.addEventListener("patch", () => patches++);
    }
  };
  let hidden = false;
  Object.defineProperty(Document.prototype, "hidden", { get: () => hidden });
  globalThis.hide = (isHidden) => {
    hidden = isHidden;
    document.dispatchEvent(new Event("visibilitychange"));
  };
}`;

const OPEN_STREAMS = "streams.filter((one) => one.readyState < 2).length";

Deno.test("a hidden page has neither a timer nor a stream", async () => {
  await using test = await startTestGateway();
  await using browser = await Chromium.start();
  await using tab = await Tab.open(browser, { before: WATCHED });
  await tab.go(`${test.gateway.adminOrigin}/`);
  await tab.until(`timers.size === 1 && ${OPEN_STREAMS} === 1`);
  await tab.value("hide(true)");
  assertEquals(await tab.value(`[timers.size, ${OPEN_STREAMS}]`), [0, 0]);
  await (await test.turn()).text();
  await tab.value("hide(false)");
  assertEquals(await tab.value(`[timers.size, ${OPEN_STREAMS}]`), [1, 1]);
  await tab.until("document.querySelector('#turns tbody tr')");
});

Deno.test("20 accounts and 50 turns a second: 45 patches, little script, flat memory", async () => {
  await using test = await startTestGateway({
    accounts: Array.from({ length: 20 }, (_, at) => `acc${at}`),
    warm: true,
  });
  await using browser = await Chromium.start();
  await using tab = await Tab.open(browser, { before: WATCHED });
  await tab.go(`${test.gateway.adminOrigin}/`);
  await tab.until(`${OPEN_STREAMS} === 1`);
  // In time of the processor: other programs may be busy.
  await tab.call("Performance.enable", { timeDomain: "threadTicks" });
  // The first turns fill the table.
  await turns(test, { count: 50, everyMs: 10 });
  await tab.call("HeapProfiler.collectGarbage");
  const before = await metrics(tab);
  const start = performance.now();
  await tab.value("patches = 0");
  await turns(test, { count: 500, everyMs: 20 });
  const patches = await tab.value("patches");
  await tab.call("HeapProfiler.collectGarbage");
  const after = await metrics(tab);
  const more = (name: string) => (after[name] ?? NaN) - (before[name] ?? NaN);
  const seconds = (performance.now() - start) / 1000;
  const script = more("ScriptDuration") * 1000;
  const grown = more("JSHeapUsedSize");
  const nodes = more("Nodes");
  // deno-lint-ignore no-console
  console.log(
    `${patches} patches in ${seconds.toFixed(1)} s, ` +
      `${(script / seconds).toFixed(1)} ms of script a second, ` +
      `${Math.round(grown / 1024)} KiB and ${nodes} nodes more`,
  );
  assert(patches >= 10 && patches <= 4.5 * seconds, `${patches} patches`);
  assert(script / seconds < 16, `${script / seconds} ms a second`);
  assert(grown < 500_000, `${grown} bytes`);
});

async function turns(
  test: { turn(): Promise<Response> },
  { count, everyMs }: { readonly count: number; readonly everyMs: number },
): Promise<void> {
  const open: Promise<string>[] = [];
  const start = performance.now();
  for (let at = 0; at < count; at++) {
    open.push(test.turn().then((answer) => answer.text()));
    const wait = start + at * everyMs - performance.now();
    if (wait > 0) await new Promise((resolve) => setTimeout(resolve, wait));
  }
  await Promise.all(open);
}

async function metrics(tab: Tab): Promise<Record<string, number>> {
  const { metrics } = await tab.call("Performance.getMetrics");
  return Object.fromEntries(
    metrics.map(({ name, value }: { name: string; value: number }) => [
      name,
      value,
    ]),
  );
}
