/**
 * What a person sets for an account: pause, priority, what it keeps, its label.
 * Returns what to tell the person.
 */
import { err, ok, type Result } from "../../result.ts";
import type { Pool, SettingsChange } from "../pool/pool.ts";
import { nameOf } from "./accounts_care.ts";

export const STEERS = ["pause", "resume", "prefer", "keep", "rename"] as const;

export type SteerRequest =
  | { readonly verb: "pause" | "resume"; readonly names: readonly string[] }
  | {
    readonly verb: "prefer";
    readonly name: string;
    readonly priority: number;
  }
  | { readonly verb: "keep"; readonly name: string; readonly percent: number }
  | { readonly verb: "rename"; readonly name: string; readonly label: string };

type Said = Promise<Result<readonly string[], string>>;

/** Each line on its own. */
export async function steer(request: SteerRequest, pool: Pool): Said {
  switch (request.verb) {
    case "pause":
    case "resume":
      return await pauseAll(request, pool);
    case "prefer": {
      const { name, priority } = request;
      return await set(
        name,
        { priority },
        pool,
        (who) =>
          priority === 0
            ? `${who} is as good as any other`
            : `${who} has the priority ${priority}: the highest serves first`,
      );
    }
    case "keep": {
      const { name, percent } = request;
      return await set(
        name,
        { keep: percent },
        pool,
        (who) =>
          percent === 0
            ? `${who} keeps nothing for its owner`
            : `${who} keeps ${percent}% of each window for its owner`,
      );
    }
    case "rename": {
      const renamed = await pool.rename(request.name, request.label);
      return renamed.ok ? ok([`Renamed: ${nameOf(renamed.value)}`]) : renamed;
    }
  }
}

/** All names are looked up first: a wrong one changes nothing. */
async function pauseAll(
  { verb, names }: Extract<SteerRequest, { verb: "pause" | "resume" }>,
  pool: Pool,
): Said {
  const ids: string[] = [];
  for (const name of names) {
    const found = await pool.find(name);
    if (!found.ok) return found;
    ids.push(found.value.id);
  }
  const lines: string[] = [];
  for (const id of ids) {
    const said = await set(
      id,
      { paused: verb === "pause" },
      pool,
      (who) =>
        verb === "pause"
          ? `Paused: ${who}; turns under way end there`
          : `Resumed: ${who}`,
    );
    if (!said.ok) return err([...lines, said.error].join("; "));
    lines.push(...said.value);
  }
  return ok(lines);
}

async function set(
  name: string,
  changes: SettingsChange,
  pool: Pool,
  words: (who: string) => string,
): Said {
  const done = await pool.set(name, changes);
  return done.ok ? ok([words(nameOf(done.value))]) : done;
}
