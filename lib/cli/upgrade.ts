/**
 * `codaze upgrade`: prints the one command that brings a newer version, by how
 * this one was installed. Asks nobody: it would be one host more.
 */
import { fileURLToPath } from "node:url";
import { prepareCommand } from "./process/environment.ts";
import { versionLine } from "./process/version.ts";
import { failUsage, printLine, printNote } from "./terminal/output.ts";
import { shellWord } from "./terminal/words.ts";

export async function upgrade(args: readonly string[]): Promise<number> {
  const context = await prepareCommand(args);
  if (!context.ok) return failUsage(context.error);
  printNote(`This is ${versionLine()}. A newer one comes with:`);
  printLine(
    upgradeCommand(
      Deno.build.standalone
        ? { executable: Deno.execPath() }
        : { main: fileURLToPath(Deno.mainModule) },
    ),
  );
  return 0;
}

/** The executable that runs, or the script that Deno runs. */
export type Running =
  | { readonly executable: string }
  | { readonly main: string };

export function upgradeCommand(running: Running): string {
  if ("executable" in running) {
    const folder = running.executable.replace(/[/\\][^/\\]*$/, "");
    return `sh install.sh --to ${shellWord(folder)}`;
  }
  const path = running.main.replaceAll("\\", "/");
  if (/\/_npx\/.*\/node_modules\//.test(path)) return "npx codaze@latest";
  if (path.includes("/node_modules/")) return "npm install -g codaze@latest";
  const folder = path.replace(/\/[^/]*$/, "");
  return `git -C ${shellWord(folder)} pull`;
}
