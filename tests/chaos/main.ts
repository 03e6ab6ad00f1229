/**
 * `deno task chaos`: the whole program before a hostile upstream, with callers
 * that are no better. Ends with figures, and with exit code 1 when anything
 * was wrong.
 *
 * Runs for less than 90 seconds; `--minutes N` for longer. The same `--seed S`
 * makes the same turns and faults; which account gets which is the gateway's
 * choice and the machine's.
 */
import { errorStack } from "../../lib/error_text.ts";
import { within } from "./clock.ts";
import { Figures } from "./figures.ts";
import { runLane } from "./lane.ts";
import { readOptions } from "./options.ts";

/** For start, last turns and stop, after which a run is cut. */
const SPARE_MS = 220_000;

if (import.meta.main) Deno.exit(await main(Deno.args));

async function main(args: readonly string[]): Promise<number> {
  const options = readOptions(args, say);
  if (!options) return 2;
  const { seed, seconds, lanes } = options;
  say(`chaos: --seed ${seed}, ${seconds} s, ${lanes.length} lanes`);
  const figures = new Figures(say);
  surviveMistakes();
  const started = performance.now();
  const all = Promise.all(
    lanes.map((kind) =>
      runLane({ ...options, kind, figures }).catch((error) => {
        const text = errorStack(error);
        figures.found({ kind: "gateway", text: `lane: ${text}` }, kind.name);
      })
    ),
  ).then(() => true);
  if (!await within(seconds * 1000 + SPARE_MS, all, false)) {
    const text = "the run did not end by itself";
    figures.found({ kind: "left over", text }, `--seed ${seed}`);
  }
  const took = Math.round((performance.now() - started) / 1000);
  return figures.report(took, lanes.length) ? 0 : 1;
}

/** What a hostile server of ours trips over is no fault of the gateway's. */
function surviveMistakes(): void {
  for (const type of ["unhandledrejection", "error"]) {
    globalThis.addEventListener(type, (event) => event.preventDefault());
  }
}

function say(line: string): void {
  // deno-lint-ignore no-console
  console.log(line);
}
