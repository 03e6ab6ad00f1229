/**
 * `codaze` with a fast clock: `fast_program.ts SETTINGS ARGUMENTS…`.
 *
 * Replaces the runtime's clocks and timers before the program is loaded; the
 * program knows nothing of it. What the runtime does by itself, such as
 * resending on the network, keeps its pace.
 */
import type { ClockSettings } from "./clock.ts";

const [settings = "", ...args] = Deno.args;
const { epoch, scale }: ClockSettings = JSON.parse(settings);

const realNow = Date.now;
Date.now = () => epoch + (realNow() - epoch) * scale;

const realPerformance = performance.now.bind(performance);
performance.now = () => realPerformance() * scale;

speedUp("setTimeout");
speedUp("setInterval");

const { run } = await import("../../lib/cli/run.ts");
Deno.exit(await run(args));

function speedUp(name: "setTimeout" | "setInterval"): void {
  const original: unknown = Reflect.get(globalThis, name);
  if (typeof original !== "function") throw new Error(name);
  Reflect.set(
    globalThis,
    name,
    (task: unknown, ms: unknown = 0, ...rest: unknown[]) =>
      original(task, Number(ms) / scale, ...rest),
  );
}
