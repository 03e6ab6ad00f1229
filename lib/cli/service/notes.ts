/** What a person who installs a service should know, in words. */
import { exists } from "@std/fs";
import { type Environment, FLAGS } from "../../config/flags.ts";
import { hasNarrowFolders } from "./grants.ts";
import type { Manager } from "./manager.ts";
import type { Plan, Wish } from "./plan.ts";
import type { Program } from "./program.ts";
import { INHERITED } from "./variables.ts";

export async function notesFor(
  plan: Plan,
  { manager, env }: { readonly manager: Manager; readonly env: Environment },
): Promise<readonly string[]> {
  const { wish } = plan;
  const notes: string[] = [];
  if (!hasNarrowFolders(plan)) {
    notes.push(
      "A folder has a comma in its name, which a list of permissions cannot hold: the service may use all files",
    );
  }
  if (isOfNpx(plan.program)) {
    notes.push(
      "It runs the Deno in the cache of npx, and fails once that is cleaned: better install Deno, then the service with `deno task start service install`",
    );
  }
  const left = leftBehind(wish, env);
  if (left.length > 0) {
    notes.push(
      `Set here, but not for the service: ${
        left.join(", ")
      }; add --env NAME for each that it needs`,
    );
  }
  if (manager.name === "systemd" && !await exists("/run/systemd/system")) {
    notes.push("systemd does not run here: nothing will start the service");
  }
  return notes;
}

export function isOfNpx({ kind, words }: Program): boolean {
  const [runner = ""] = words;
  return kind === "script" && /[\\/]_npx[\\/]/.test(runner);
}

/** Variables that are set in this shell and that the service will not see. */
function leftBehind(wish: Wish, env: Environment): readonly string[] {
  const twins = Object.values(FLAGS)
    .filter(({ name }) =>
      !wish.flags.some((one) => one.startsWith(`--${name}=`))
    )
    .map(({ twin }) => twin);
  const variables = { ...wish.environment, ...wish.secrets };
  return [...INHERITED, ...twins].filter((name) =>
    env(name) && !Object.hasOwn(variables, name)
  );
}

/** For systems without either manager. */
export function noManager(os: string): string {
  const hint = os === "windows"
    ? String
      .raw`make a task that starts it at log on: schtasks /Create /SC ONLOGON /TN Codaze /TR "C:\path\to\codaze.exe serve"`
    : "let the service manager of this system start codaze serve";
  return `Cannot make a service on ${os}, only for systemd and launchd: ${hint}`;
}
