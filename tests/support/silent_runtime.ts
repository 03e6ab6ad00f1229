/** All that a gateway runs on, without a log. */
import { createRuntime } from "../../lib/cli/process/system.ts";
import type { Runtime } from "../../lib/runtime.ts";
import { SILENT } from "./system.ts";

/** Knows no proxy and trusts no roots of its own. */
export function silentRuntime(): Runtime {
  return createRuntime({
    log: SILENT,
    rootCertificates: [],
    env: () => undefined,
  });
}
