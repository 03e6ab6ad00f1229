/** What `quota` has to reach, and where it does not. */
import { LOADS, MOVES_GOAL, REFUSED_GOALS, SEEDS } from "./cases.ts";
import type { Options } from "./options.ts";
import type { Row } from "./run.ts";

/** The goals are only for these years. */
export function hasGoals({ seeds, stickiness }: Options): boolean {
  return stickiness === "session" && seeds.toSorted().join() === SEEDS.join();
}

/** A line for each goal that is missed; a case that was not played has none. */
export function missedGoals(rows: readonly Row[]): readonly string[] {
  return rows.filter(({ policy }) => policy === "quota").flatMap((row) => {
    const { pool, load, moves } = row;
    const refused = 100 * row.refused;
    const goal = REFUSED_GOALS[pool][LOADS.findIndex((one) => one === load)];
    const other = rows.find((one) =>
      one.policy === "least_in_flight" && one.pool === pool &&
      one.load === load
    );
    const where = `${pool} at ${load}: quota`;
    return [
      ...goal !== undefined && refused > goal
        ? [`${where} refuses ${refused.toFixed(2)} %, the goal is ${goal} %`]
        : [],
      ...moves > MOVES_GOAL
        ? [
          `${where} moves ${
            moves.toFixed(2)
          } sessions per 1,000 requests, the goal is ${MOVES_GOAL}`,
        ]
        : [],
      ...other !== undefined && refused >= 100 * other.refused
        ? [`${where} refuses no less than least_in_flight`]
        : [],
    ];
  });
}
