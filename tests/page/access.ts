/** The page for people who do not see it, or use no mouse. */
import { assert, assertEquals } from "@std/assert";
import { startTestGateway, type TestGateway } from "../support/gateway.ts";
import { Chromium } from "./chromium.ts";
import { Tab } from "./tab.ts";
import { startTellingPool } from "./telling_pool.ts";

const AXE = Deno.env.get("CODAZE_AXE");

async function violations(tab: Tab): Promise<readonly string[]> {
  if (AXE === undefined) throw new Error("run deno task page: it fetches axe");
  await tab.value(await Deno.readTextFile(AXE));
  const found = await tab.value(`axe.run(document, {
    resultTypes: ["violations"],
  }).then(({ violations }) => violations.map(({ id, nodes }) =>
    id + ": " + nodes.map((one) => one.html.slice(0, 200) + " " +
      one.failureSummary).join(" | ")
  ))`);
  return found;
}

const OPEN_ALL = `
for (const one of document.querySelectorAll("details")) one.open = true;
for (const one of document.querySelectorAll("[aria-expanded=false]")) one.click();
document.querySelector(".buttons button:nth-child(6)")?.click();`;

const POOLS: ReadonlyArray<[count: number, start: () => Promise<TestGateway>]> =
  [
    [0, () => startTestGateway({ accounts: [] })],
    [1, () => startTestGateway({ accounts: ["ada"] })],
    [3, startTellingPool],
    [20, () =>
      startTestGateway({
        accounts: Array.from({ length: 20 }, (_, at) => `acc${at}`),
      })],
  ];

for (const [count, start] of POOLS) {
  Deno.test(`axe finds nothing with ${count} accounts, in light and dark`, async () => {
    await using test = await start();
    await using browser = await Chromium.start();
    await using tab = await Tab.open(browser);
    if (count > 0) await (await test.turn()).text();
    for (const width of [1280, 320]) {
      for (const scheme of ["light", "dark"] as const) {
        await tab.resize(width);
        await tab.scheme(scheme);
        await tab.go(`${test.gateway.adminOrigin}/`);
        await tab.until("document.documentElement.classList.contains('live')");
        assertEquals(await violations(tab), []);
        await tab.value(OPEN_ALL);
        assertEquals(await violations(tab), []);
        await tab.value("document.body.classList.add('stale')");
        assertEquals(await violations(tab), []);
      }
    }
  });
}

Deno.test("axe finds nothing without JavaScript's part of the page", async () => {
  await using test = await startTellingPool();
  await using browser = await Chromium.start();
  await using tab = await Tab.open(browser);
  await tab.call("Network.setBlockedURLs", {
    urlPatterns: [{ urlPattern: "*://*/admin/page.js", block: true }],
    urls: ["*/admin/page.js"],
  });
  await tab.go(`${test.gateway.adminOrigin}/`);
  assertEquals(await violations(tab), []);
});

interface AxNode {
  readonly ignored: boolean;
  readonly role?: { readonly value: string };
  readonly name?: { readonly value: string };
}

const CONTROLS = new Set([
  "button",
  "link",
  "textbox",
  "combobox",
  "meter",
  "DisclosureTriangle",
  "summary",
]);

Deno.test("the accessibility tree has a name for each control", async () => {
  await using test = await startTellingPool();
  await using browser = await Chromium.start();
  await using tab = await Tab.open(browser);
  await tab.go(`${test.gateway.adminOrigin}/`);
  await tab.until("document.querySelector('#turns tbody tr')");
  await tab.value(OPEN_ALL);
  await tab.call("Accessibility.enable");
  const { nodes } = await tab.call("Accessibility.getFullAXTree");
  const shown: readonly AxNode[] = nodes.filter((one: AxNode) => !one.ignored);
  const of = (role: string) =>
    shown.filter((one) => one.role?.value === role)
      .map(({ name }) => name?.value ?? "");
  const nameless = shown.filter(({ role, name }) =>
    CONTROLS.has(role?.value ?? "") && !name?.value
  );
  assertEquals(nameless, []);
  for (const name of ["Manage ada", "Wake", "Pause", "Remove…", "Ask"]) {
    assert(of("button").includes(name), `${name} in ${of("button")}`);
  }
  assertEquals(of("heading").slice(0, 3), ["Codaze", "Accounts", "Turns"]);
  assertEquals(of("main").length, 1);
  assertEquals(of("status").length, 1);
  assertEquals(of("table").length, 2);
  assertEquals(of("rowheader").length, 3);
  assert(of("meter").includes("ada: week left"));
  assert(of("columnheader").includes("Week left"));
});

Deno.test("the order of the tab key is the order of reading", async () => {
  await using test = await startTellingPool();
  await using browser = await Chromium.start();
  await using tab = await Tab.open(browser);
  await tab.go(`${test.gateway.adminOrigin}/`);
  await tab.until("document.querySelector('#turns tbody tr')");
  const places: number[] = [];
  for (let step = 0; step < 40; step++) {
    await tab.press("Tab");
    const at = await tab.value(`(() => {
      const all = [...document.querySelectorAll("*")];
      const one = document.activeElement;
      if (one === document.body) return -1;
      const { outlineStyle } = getComputedStyle(one);
      return outlineStyle === "none" ? -2 : all.indexOf(one);
    })()`);
    if (at === -1) break;
    assert(at !== -2, "the focus is not to be seen");
    places.push(at);
  }
  assert(places.length > 8, `${places.length} places`);
  assertEquals(places, places.toSorted((a, b) => a - b));
});

Deno.test("states are words, also with forced colours and in print", async () => {
  await using test = await startTellingPool();
  await using browser = await Chromium.start();
  await using tab = await Tab.open(browser);
  await tab.go(`${test.gateway.adminOrigin}/`);
  await tab.until("document.querySelector('#turns tbody tr')");
  const folder = Deno.env.get("CODAZE_SHOTS");
  for (
    const [media, features] of [
      ["screen", [{ name: "forced-colors", value: "active" }]],
      ["print", []],
    ] as const
  ) {
    await tab.call("Emulation.setEmulatedMedia", { media, features });
    const text = await tab.text("#accounts");
    assert(text.includes("◐ used up") && text.includes("● ready"), text);
    if (folder) await tab.screenshot(`${folder}/${media}.png`);
  }
});
