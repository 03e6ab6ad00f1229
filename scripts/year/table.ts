/** The two tables that are printed: refused requests, and all figures. */
import type { Row } from "./run.ts";

/** A row a policy, a column a case; in percent. */
export function refusedTable(rows: readonly Row[]): string {
  const cases = [...new Set(rows.map(caseOf))];
  const policies = [...new Set(rows.map(({ policy }) => policy))];
  return tableOf(["refused, %", ...cases, "vs least_in_flight"], [
    ...policies.map((policy) => {
      const own = rows.filter((row) => row.policy === policy);
      return [
        policy,
        ...own.map(({ refused }) => percent(refused)),
        ratioOf(own, rows),
      ];
    }),
  ]);
}

/** A row a policy and case. */
export function figuresTable(rows: readonly Row[]): string {
  return tableOf(
    [
      "case",
      "policy",
      "refused %",
      "days with refusals",
      "waste at reset %",
      "standstill %",
      "cold-cache extra %",
      "moves per 1,000",
      "requests",
    ],
    rows.map((row) => [
      caseOf(row),
      row.policy,
      percent(row.refused),
      row.days.toFixed(0),
      percent(row.waste),
      percent(row.standstill),
      percent(row.extra),
      row.moves.toFixed(1),
      row.requests.toFixed(0),
    ]),
  );
}

function caseOf({ pool, load }: Row): string {
  return `${pool} ${load}`;
}

function percent(share: number): string {
  return (100 * share).toFixed(2);
}

/** The mean of its ratios to `least_in_flight`, case by case. */
function ratioOf(own: readonly Row[], rows: readonly Row[]): string {
  const ratios = own.flatMap((row) => {
    const other = rows.find((one) =>
      one.policy === "least_in_flight" && caseOf(one) === caseOf(row)
    );
    return other ? [row.refused / other.refused] : [];
  });
  if (ratios.length === 0) return "-";
  return (ratios.reduce((all, one) => all + one, 0) / ratios.length).toFixed(2);
}

/** Names to the left, figures to the right. */
function tableOf(
  headings: readonly string[],
  rows: readonly (readonly string[])[],
): string {
  const widths = headings.map((heading, column) =>
    Math.max(heading.length, ...rows.map((row) => row[column]?.length ?? 0))
  );
  return [headings, ...rows].map((cells) =>
    cells.map((cell, column) => {
      const width = widths[column] ?? 0;
      const isName = rows.every((row) =>
        isNaN(Number.parseFloat(row[column] ?? ""))
      );
      return isName ? cell.padEnd(width) : cell.padStart(width);
    }).join("  ").trimEnd()
  ).join("\n");
}
