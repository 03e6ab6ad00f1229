/**
 * A gateway in a process that has only some descriptors left to open, whatever
 * the system's limit is. Run by `scarce_test.ts`; the arguments are how many,
 * the milliseconds to wait for a listener, at first and in all, those between
 * two looks at itself, and flags.
 */
import { closeSync, openSync } from "node:fs";
import { consoleLog } from "../../lib/cli/process/log.ts";
import { runUntil } from "../../lib/cli/serve.ts";
import { untilStopped } from "../../lib/cli/process/signals.ts";
import { createRuntime } from "../../lib/cli/process/system.ts";
import { readConfig } from "../../lib/config/config.ts";
import { Gateway } from "../../lib/gateway.ts";
import { KEEP_TIMES } from "../../lib/limits.ts";

/** Opens all there are, then lets go of so many. */
function leave(count: number): void {
  const taken: number[] = [];
  try {
    while (true) taken.push(openSync(import.meta.filename ?? "", "r"));
  } catch {
    for (const one of taken.slice(-count)) closeSync(one);
  }
}

const [left, firstMs, giveUpMs, lookMs, ...flags] = Deno.args;
const config = readConfig(flags, () => undefined);
if (!config.ok) throw new Error(config.error);
const stopped = untilStopped();
const runtime = createRuntime({
  log: consoleLog(config.value),
  rootCertificates: [],
  env: () => undefined,
});
const started = await Gateway.start({
  config: config.value,
  runtime,
  version: "0.0.0-test",
  watchTimes: { tickMs: 500, lookMs: Number(lookMs) },
  keep: {
    ...KEEP_TIMES,
    firstMs: Number(firstMs),
    mostMs: Number(firstMs) * 4,
    giveUpMs: Number(giveUpMs),
  },
});
if (!started.ok) throw new Error(started.error);
const gateway = started.value;
leave(Number(left));
runtime.log.info("public port", { url: gateway.publicOrigin });
runtime.log.info("admin port", { url: gateway.adminOrigin });
Deno.exit(await runUntil(stopped, { gateway, config: config.value, runtime }));
