/** The words that run the program as `deno task start` does. */
import { fileURLToPath } from "node:url";
import { flagsOf } from "../../support/codaze.ts";
import { DENO_DIR } from "../../support/deno_dir.ts";

const MAIN = fileURLToPath(
  new URL("../../../main.ts", import.meta.url),
);

export function codazeWords(...args: readonly string[]): readonly string[] {
  return ["deno", "run", ...flagsOf("start"), MAIN, ...args];
}

/** For a home folder that is empty, in a shell that may be anybody's. */
export function environmentIn(
  home: string,
): Readonly<Record<string, string>> {
  return {
    HOME: home,
    DENO_DIR,
    CODEX_HOME: "",
    NO_COLOR: "",
    http_proxy: "",
    https_proxy: "",
    all_proxy: "",
  };
}
