/**
 * How this program is started: as an executable, or by Deno from a checkout
 * with the permissions of the start task.
 */
import { fileURLToPath } from "node:url";
import denoJson from "../../../deno.json" with { type: "json" };
import { readTask, type Variables } from "./task_command.ts";

export interface Program {
  /** The executable, or the script that Deno runs. Absolute. */
  readonly path: string;
  /** A script gets its permissions at each start, an executable has its own. */
  readonly kind: "executable" | "script";
  /** An absolute path, then all words before the arguments of `codaze`. */
  readonly words: readonly string[];
  /** What the program needs in its environment. */
  readonly environment: Variables;
}

/** `named`: an executable to run instead of this one. */
export function programOf(named: string | undefined): Program {
  if (named !== undefined) return executable(named);
  const running = Deno.execPath();
  if (Deno.build.standalone) return executable(running);
  const main = fileURLToPath(Deno.mainModule);
  return fromTask(denoJson.tasks.start, { deno: running, main });
}

function executable(path: string): Program {
  return { path, kind: "executable", words: [path], environment: {} };
}

export interface Checkout {
  /** Absolute paths. */
  readonly deno: string;
  readonly main: string;
}

/** The command of the task, with every path made absolute. */
export function fromTask(task: string, { deno, main }: Checkout): Program {
  const command = readTask(task);
  // A bug of this checkout.
  if (command === undefined) throw new Error(`odd task ${task}`);
  const { environment, words } = command;
  return {
    path: main,
    kind: "script",
    words: [deno, ...words, main],
    environment,
  };
}
