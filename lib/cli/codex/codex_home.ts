/** Where Codex has its files (docs/client.md, "The file auth.json"). */
import { join } from "@std/path";
import type { Environment } from "../../config/flags.ts";

/** Undefined if no home folder is known. */
export function codexHome(env: Environment): string | undefined {
  const named = env("CODEX_HOME");
  if (named) return named;
  const home = Deno.build.os === "windows"
    ? env("USERPROFILE") || env("HOME")
    : env("HOME");
  return home ? join(home, ".codex") : undefined;
}
