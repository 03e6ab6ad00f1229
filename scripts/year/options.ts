/** The options of `deno task year`. */
import { parseArgs } from "@std/cli";
import { POLICY_NAMES, type PolicyName } from "../../lib/policy/input.ts";
import { err, ok, type Result } from "../../lib/result.ts";
import { LOADS, POOL_NAMES, type PoolName, SEEDS } from "./cases.ts";
import type { PlayOptions } from "./play.ts";

export interface Options {
  readonly seeds: readonly number[];
  readonly pools: readonly PoolName[];
  readonly loads: readonly number[];
  readonly policies: readonly PolicyName[];
  readonly stickiness: PlayOptions["stickiness"];
}

export const USAGE = `usage: deno task year [--seeds 21,22] [--pools NAMES]
  [--loads 0.6,0.8] [--policies NAMES] [--stickiness session|none]
  pools: ${POOL_NAMES.join(", ")}
  policies: ${POLICY_NAMES.join(", ")}`;

const NAMES = ["seeds", "pools", "loads", "policies", "stickiness"] as const;
const STICKINESSES = ["session", "none"] as const;

/** An error says what is wrong with which option; `--help` has none. */
export function readOptions(args: readonly string[]): Result<Options, string> {
  const strays: string[] = [];
  const given = parseArgs([...args], {
    string: [...NAMES],
    unknown: (arg) => {
      strays.push(arg);
      return false;
    },
  });
  const wrong: string[] = strays.map((arg) => `Cannot use "${arg}"`);
  function list<T>(
    name: typeof NAMES[number],
    usual: readonly T[],
    read: (text: string) => T | undefined,
  ): readonly T[] {
    const text = given[name];
    if (text === undefined) return usual;
    return text.split(",").flatMap((part) => {
      const value = read(part);
      if (value !== undefined) return [value];
      wrong.push(`Cannot use --${name} "${part.slice(0, 40)}"`);
      return [];
    });
  }
  const [stickiness = "session"] = list(
    "stickiness",
    STICKINESSES,
    oneOf(STICKINESSES),
  );
  const options: Options = {
    seeds: list("seeds", SEEDS, numberFrom(/^\d{1,9}$/)),
    pools: list("pools", POOL_NAMES, oneOf(POOL_NAMES)),
    loads: list(
      "loads",
      LOADS,
      numberFrom(/^(?:0\.\d*[1-9]|[1-9](?:\.\d+)?)$/),
    ),
    policies: list("policies", POLICY_NAMES, oneOf(POLICY_NAMES)),
    stickiness,
  };
  // Asked for: there is nothing to say but how it is used.
  if (strays.includes("--help")) return err("");
  const [first] = wrong;
  return first === undefined ? ok(options) : err(first);
}

function oneOf<T extends string>(
  names: readonly T[],
): (text: string) => T | undefined {
  return (text) => names.find((name) => name === text);
}

function numberFrom(form: RegExp): (text: string) => number | undefined {
  return (text) => form.test(text) ? Number(text) : undefined;
}
