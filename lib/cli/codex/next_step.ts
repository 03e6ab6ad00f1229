/** Whether Codex here still has to be pointed at the gateway. Changes nothing. */
import { join } from "@std/path";
import type { Environment } from "../../config/flags.ts";
import { codexHome } from "./codex_home.ts";

/**
 * `port` is the public one. False as well if that cannot be found out, as by a
 * service, which may not read Codex's files.
 */
export async function shouldConnect(
  port: number,
  env: Environment,
): Promise<boolean> {
  const home = codexHome(env);
  if (home === undefined) return false;
  try {
    const text = await Deno.readTextFile(join(home, "config.toml"));
    // Reading it as TOML would make each start slower.
    const leadsHere = new RegExp(`base_url"?\\s*=\\s*["'][^"'\n]*:${port}\\b`);
    return !leadsHere.test(text);
  } catch (error) {
    return error instanceof Deno.errors.NotFound;
  }
}
