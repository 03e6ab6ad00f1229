/** Makes a path independent of the working folder. */
import { isAbsolute, join } from "@std/path";

export function absolutePath(path: string, cwd: string = Deno.cwd()): string {
  return isAbsolute(path) ? path : join(cwd, path);
}
