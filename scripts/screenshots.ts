/**
 * `deno task screenshots`: takes the pictures of the README again.
 *
 * `docs/page.png` is the page of a simulated pool in a Chromium without a
 * window, `docs/top.svg` is `codaze top` before the same pool, in tmux. The
 * times in them are those of this machine.
 */
import { join } from "@std/path";
import { findChromium } from "../tests/page/chromium.ts";
import { takeTopOfPage } from "../tests/page/shots.ts";
import { beginTurn, startTellingPool } from "../tests/page/telling_pool.ts";
import {
  codazeWords,
  environmentIn,
} from "../tests/terminal/support/codaze_words.ts";
import { Terminal, TMUX } from "../tests/terminal/support/terminal.ts";
import { terminalSvg } from "./screenshots/terminal_svg.ts";

const DOCS = join(import.meta.dirname ?? ".", "../docs");

/** Ends between two rows of the table of turns. */
const WINDOW = { width: 1280, height: 768 };

/** As high as the pool needs. */
const SCREEN = { columns: 100, rows: 19 };

/** The README is read on slow lines, too. */
const MAX_BYTES = 120_000;

if (import.meta.main) Deno.exit(await main());

async function main(): Promise<number> {
  if (await findChromium() === undefined) {
    return fail("No Chromium here: apt-get install chromium");
  }
  if (TMUX === undefined) return fail("No tmux here: apt-get install tmux");
  const page = join(DOCS, "page.png");
  const top = join(DOCS, "top.svg");
  await takeTopOfPage(page, WINDOW);
  await takeTop(top);
  for (const path of [page, top]) {
    const { size } = await Deno.stat(path);
    if (size > MAX_BYTES) {
      return fail(`${path} has ${size} bytes, over ${MAX_BYTES}`);
    }
    // deno-lint-ignore no-console
    console.log(`${path}: ${size} bytes`);
  }
  return 0;
}

async function takeTop(path: string): Promise<void> {
  await using pool = await startTellingPool();
  beginTurn(pool);
  const words = codazeWords("top", `--accounts-dir=${pool.dir}`);
  const env = environmentIn(pool.dir);
  await using terminal = await Terminal.open(words, { ...SCREEN, env });
  await terminal.shows(/▸ [^]*q quit/);
  const title = "codaze top";
  const svg = terminalSvg(await terminal.coloured(), { ...SCREEN, title });
  await Deno.writeTextFile(path, svg);
}

function fail(why: string): number {
  // deno-lint-ignore no-console
  console.error(why);
  return 1;
}
