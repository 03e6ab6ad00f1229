/**
 * Where Deno keeps its packages, for programs that run in another home:
 * `DENO_DIR`, or what Deno makes of the home of whoever runs the tests.
 */
import { join } from "@std/path";

export const DENO_DIR: string = Deno.env.get("DENO_DIR") ?? defaultDir();

function defaultDir(): string {
  const env = (name: string) => Deno.env.get(name) ?? "";
  switch (Deno.build.os) {
    case "windows":
      return join(env("LOCALAPPDATA"), "deno");
    case "darwin":
      return join(env("HOME"), "Library", "Caches", "deno");
    default:
      return join(env("XDG_CACHE_HOME") || join(env("HOME"), ".cache"), "deno");
  }
}
