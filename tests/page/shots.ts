/**
 * Takes pictures of the page: all of it at three widths and in both schemes, or
 * its top, as the README shows it.
 */
import { Chromium } from "./chromium.ts";
import { Tab } from "./tab.ts";
import { beginTurn, startTellingPool } from "./telling_pool.ts";

const WIDTHS = [320, 768, 1280] as const;
const SCHEMES = ["light", "dark"] as const;

/** Writes `page-WIDTH-SCHEME.png` and `open-WIDTH.png` into the folder. */
export async function takeShots(folder: string): Promise<void> {
  await Deno.mkdir(folder, { recursive: true });
  await onPage(async (tab) => {
    for (const scheme of SCHEMES) {
      await tab.scheme(scheme);
      for (const width of WIDTHS) {
        await tab.resize(width);
        await tab.screenshot(`${folder}/page-${width}-${scheme}.png`);
      }
    }
    await openAll(tab);
    for (const [at, width] of WIDTHS.entries()) {
      await tab.scheme(at === 1 ? "dark" : "light");
      await tab.resize(width);
      await tab.screenshot(`${folder}/open-${width}.png`);
    }
  });
}

/** Writes what a window of that size shows of the page, in the light scheme. */
export async function takeTopOfPage(
  path: string,
  { width, height }: { readonly width: number; readonly height: number },
): Promise<void> {
  await onPage(async (tab) => {
    await tab.resize(width, height);
    await tab.screenshot(path, { whole: false });
  });
}

/** Opens the page of a pool that tells much, with a turn under way. */
async function onPage(look: (tab: Tab) => Promise<void>): Promise<void> {
  await using browser = await Chromium.start();
  await using pool = await startTellingPool();
  await using tab = await Tab.open(browser);
  beginTurn(pool);
  await tab.go(`${pool.gateway.adminOrigin}/`);
  await tab.until("document.querySelector('#turns tbody tr')");
  await look(tab);
}

/** Everything that can be opened, with a question that waits. */
async function openAll(tab: Tab): Promise<void> {
  await tab.value(`for (const one of document.querySelectorAll("details")) {
    one.open = true;
  }`);
  await tab.click("[data-id=grace] button");
  await tab.click("[data-id=grace] .buttons button:nth-child(2)");
  await tab.click("[data-id=linus] button");
  await tab.click("[data-id=linus] .buttons button:nth-child(6)");
  await tab.click("#explain button");
  await tab.until("document.querySelector('#explained li')");
}

if (import.meta.main) await takeShots(Deno.args[0] ?? "shots");
