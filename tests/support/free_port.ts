/**
 * Ports that nobody listens on, for programs that are told one. Tests run side
 * by side, and whoever asks the system for any port gets one of its ephemeral
 * range, so these are below that (Linux: 32768, macOS: 49152). They are none of
 * the gateway's defaults either, which mean something where no port is named.
 */
import { FLAGS } from "../../lib/config/flags.ts";

const FIRST = 12_000;
const COUNT = 20_000;
const DEFAULTS: readonly (string | undefined)[] = [
  FLAGS.listen.default,
  FLAGS.adminListen.default,
];

/** A port of 127.0.0.1 that is free now, and that no port 0 gets. */
export function freePort(): number {
  while (true) {
    const [chance = 0] = crypto.getRandomValues(new Uint32Array(1));
    const port = FIRST + chance % COUNT;
    if (DEFAULTS.includes(`127.0.0.1:${port}`)) continue;
    try {
      Deno.listen({ hostname: "127.0.0.1", port }).close();
      return port;
    } catch (error) {
      if (!(error instanceof Deno.errors.AddrInUse)) throw error;
    }
  }
}
