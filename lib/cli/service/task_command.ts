/**
 * The command of a task in deno.json that runs this program: the one place
 * that says with which permissions, flags and variables it is started. Pure.
 */

export type Variables = Readonly<Record<string, string>>;

export interface TaskCommand {
  /** What stands before `deno`. */
  readonly environment: Variables;
  /** What stands between `deno` and `main.ts`: `run`, then flags. */
  readonly words: readonly string[];
}

const TASK = /^((?:[A-Z_]+=\S+ )*)deno (run(?: \S+)*?) main\.ts(?: \w+)?$/;

/** Reads `NAME=value … deno run … main.ts …`; undefined for anything else. */
export function readTask(task: string): TaskCommand | undefined {
  const [, before, words] = TASK.exec(task) ?? [];
  if (before === undefined || words === undefined) return undefined;
  const variables = before.split(" ").filter((word) => word !== "");
  return {
    environment: Object.fromEntries(variables.map((word) => {
      const at = word.indexOf("=");
      return [word.slice(0, at), word.slice(at + 1)];
    })),
    words: words.split(" "),
  };
}
