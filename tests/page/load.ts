/** The page as it comes: what is asked for, how large it is, how it looks. */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { startTestGateway } from "../support/gateway.ts";
import { hostileAccounts } from "../support/hostile_labels.ts";
import { Chromium } from "./chromium.ts";
import { Tab } from "./tab.ts";
import { startTellingPool } from "./telling_pool.ts";

const MOST_BYTES = 45_000;

Deno.test("a cold load is four requests to the admin port, and small", async () => {
  await using test = await startTestGateway();
  await using browser = await Chromium.start();
  await using tab = await Tab.open(browser);
  const origin = test.gateway.adminOrigin;
  await tab.go(`${origin}/`);
  await tab.until("document.querySelector('[data-id=a]')");
  await tab.until("performance.getEntriesByType('resource').length >= 2");
  assertEquals(tab.requests.map(({ url }) => url.replace(origin, "")), [
    "/",
    "/admin/page.css",
    "/admin/page.js",
    "/admin/events",
  ]);
  assertEquals(tab.console, []);
  await tab.until(`${tab.bytes} > 0`);
  assert(tab.bytes <= MOST_BYTES, `${tab.bytes} bytes`);
});

Deno.test("the first view needs no stream", async () => {
  await using test = await startTestGateway({ accounts: ["ada", "bob"] });
  await using browser = await Chromium.start();
  await using tab = await Tab.open(browser);
  await tab.call("Network.setBlockedURLs", {
    urls: ["*/admin/events"],
    urlPatterns: [{ urlPattern: "*://*/admin/events", block: true }],
  });
  await tab.go(`${test.gateway.adminOrigin}/`);
  const rows = await tab.value(
    "[...document.querySelectorAll('#accounts tbody th')].map((one) => one.firstChild.data)",
  );
  assertEquals(rows, ["ada", "bob"]);
});

Deno.test("without JavaScript the table is there, and says of when", async () => {
  await using test = await startTellingPool();
  await using browser = await Chromium.start();
  await using tab = await Tab.open(browser, { script: false });
  await tab.go(`${test.gateway.adminOrigin}/`);
  const { root } = await tab.call("DOM.getDocument", { depth: -1 });
  const text = textIn(root);
  for (const name of ["ada", "grace", "linus"]) {
    assertStringIncludes(text, name);
  }
  assertStringIncludes(text, "2 of 3 accounts can serve; ada is back");
  assertStringIncludes(text, "used up");
  assertStringIncludes(text, "A snapshot from");
  assert(/A snapshot from \d+ \w{3}, \d\d:\d\d/.test(text), text);
  await tab.screenshot(await shot("no-script.png"));
});

interface DomNode {
  readonly nodeValue: string;
  readonly nodeName: string;
  readonly children?: readonly DomNode[];
}

function textIn({ nodeName, nodeValue, children = [] }: DomNode): string {
  if (nodeName === "SCRIPT") return "";
  const inside = children.map(textIn).join("");
  return nodeName === "#text" ? nodeValue.replace(/\s+/g, " ") : inside;
}

/** Where pictures go, to be looked at. */
async function shot(name: string): Promise<string> {
  const folder = Deno.env.get("CODAZE_SHOTS") ??
    await Deno.makeTempDir({ prefix: "codaze-shots-" });
  return `${folder}/${name}`;
}

for (const width of [320, 640, 768, 1280]) {
  Deno.test(`nothing is wider than a screen of ${width} px`, async () => {
    await using test = await startTestGateway({
      ...hostileAccounts(),
      simulated: { h0: { plan: "plus" } },
    });
    await using browser = await Chromium.start();
    await using tab = await Tab.open(browser, { width });
    for (const _ of [1, 2, 3]) await (await test.turn()).text();
    await tab.go(`${test.gateway.adminOrigin}/`);
    await tab.until("document.querySelector('#turns tbody tr')");
    for (const isOpen of [false, true]) {
      if (isOpen) {
        await tab.value(
          `for (const one of document.querySelectorAll("details")) {
          one.open = true;
        }
        for (const one of document.querySelectorAll("[aria-expanded]")) {
          one.click();
        }`,
        );
      }
      const wide = await tab.value("document.documentElement.scrollWidth");
      assert(wide <= width, `${wide} px`);
    }
  });
}
