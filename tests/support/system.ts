/** The outside world as it really is, for a test that changes a part of it. */
import { type Log, systemRuntime } from "../../lib/runtime.ts";

/** Keeps nothing of what it is told. */
export const SILENT: Log = {
  debug: () => {},
  info: () => {},
  warn: () => {},
  error: () => {},
};

/** What a gateway runs on, but for websockets, and without a log. */
export const system = systemRuntime({ log: SILENT, rootCertificates: [] });

/** Real timers. */
export const { after } = system;
