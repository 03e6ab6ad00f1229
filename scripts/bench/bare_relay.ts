/** Starts `relay.ts`: what `Deno.serve` and `fetch` cost without a gateway. */

import { freePort } from "./net.ts";
import { spawn } from "./process.ts";
import type { Target } from "./target.ts";

/** Does not wait for the start, because start-up time is a measurement. */
export function startBareRelay(upstreamPort: number): Target {
  const port = freePort();
  const { child } = spawn(Deno.execPath(), [
    "run",
    "--allow-net=127.0.0.1",
    new URL("relay.ts", import.meta.url).pathname,
    String(port),
    `http://127.0.0.1:${upstreamPort}`,
  ]);
  return { ...child, name: "relay", port };
}
