/**
 * `deno task screenshots`: takes the pictures of the README again.
 *
 * `docs/page.png` is the page of a simulated pool in a Chromium without a
 * window. The times on it are those of this machine.
 */
import { join } from "@std/path";
import { takeTopOfPage } from "../tests/page/shots.ts";
import { findChromium } from "../tests/page/chromium.ts";

const DOCS = join(import.meta.dirname ?? ".", "../docs");

/** Ends between two rows of the table of turns. */
const WINDOW = { width: 1280, height: 768 };

/** The README is read on slow lines, too. */
const MAX_BYTES = 120_000;

if (import.meta.main) Deno.exit(await main());

async function main(): Promise<number> {
  if (await findChromium() === undefined) {
    return fail("No Chromium here: apt-get install chromium");
  }
  const path = join(DOCS, "page.png");
  await takeTopOfPage(path, WINDOW);
  const { size } = await Deno.stat(path);
  if (size > MAX_BYTES) {
    return fail(`${path} has ${size} bytes, over ${MAX_BYTES}`);
  }
  // deno-lint-ignore no-console
  console.log(`${path}: ${size} bytes`);
  return 0;
}

function fail(why: string): number {
  // deno-lint-ignore no-console
  console.error(why);
  return 1;
}
