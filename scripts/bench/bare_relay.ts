/** Starts `relay.ts`: what `Deno.serve` and `fetch` cost without a gateway. */

import { freePort } from "./net.ts";
import { spawnDeno } from "./process.ts";
import type { Place, Target } from "./target.ts";
import { ROOT_CERTIFICATE } from "./tls_files.ts";

/**
 * `upstream` is an origin. Does not wait for the start, because start-up time is a measurement.
 */
export function startBareRelay(upstream: string, place?: Place): Target {
  const port = freePort();
  const { child } = spawnDeno(place?.command ?? [], [
    "run",
    `--allow-net=127.0.0.1,${new URL(upstream).hostname}`,
    `--cert=${place?.root ?? ROOT_CERTIFICATE}`,
    new URL("relay.ts", import.meta.url).pathname,
    String(port),
    upstream,
  ]);
  return { ...child, name: "relay", port };
}
