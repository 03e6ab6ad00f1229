/** What a person may say to a run. */
import { parseArgs } from "@std/cli";
import { type LaneKind, LANES } from "./lanes.ts";

export interface Options {
  /** Of callers calling; start and end come on top. */
  readonly seconds: number;
  readonly seed: number;
  readonly lanes: readonly LaneKind[];
  /** The number of the first turn of each lane. */
  readonly from: number;
  /** Callers of each lane; undefined: as many as it has. */
  readonly callers: number | undefined;
}

const SECONDS = 50;

const USAGE = `deno task chaos [--minutes N] [--seed S]
  --lane NAME    only this one: ${LANES.map(({ name }) => name).join(", ")}
  --from N       begins with turn N of the lane
  --callers N    so many at once in each lane; 1 repeats a turn best`;

/** Undefined after what is wrong has been said. */
export function readOptions(
  args: readonly string[],
  say: (line: string) => void,
): Options | undefined {
  const names = ["minutes", "seed", "lane", "from", "callers"] as const;
  const unknown: string[] = [];
  const parsed = parseArgs([...args], {
    string: names,
    unknown: (arg) => {
      unknown.push(arg);
      return false;
    },
  });
  const wrong = (text: string) => say(`${text}\n${USAGE}`);
  const [stray] = unknown;
  if (stray === "--help") return void say(USAGE);
  if (stray !== undefined) return void wrong(`Cannot use "${stray}"`);
  for (const name of names) {
    const value = parsed[name];
    if (name === "lane" || value === undefined) continue;
    if (!(Number(value) >= 0)) {
      return void wrong(`Cannot use --${name} "${value}": expected a number`);
    }
  }
  const { lane } = parsed;
  const lanes = LANES.filter(({ name }) => lane === undefined || name === lane);
  if (lanes.length === 0) return void wrong(`Cannot use --lane "${lane}"`);
  return {
    seconds: parsed.minutes === undefined
      ? SECONDS
      : Number(parsed.minutes) * 60,
    seed: Number(parsed.seed ?? Date.now() % 1_000_000),
    lanes,
    from: Number(parsed.from ?? 0),
    callers: parsed.callers === undefined ? undefined : Number(parsed.callers),
  };
}
