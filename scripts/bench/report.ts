/** Writes the tables on the terminal and the JSON file. */

import { type Metric, ratiosOf, type Spread, spreadOf } from "./rounds.ts";
import { TARGET_NAMES, type TargetName } from "./target.ts";

export interface Report {
  readonly deno: string;
  readonly quick: boolean;
  readonly metrics: readonly Metric[];
}

/** What is divided by what. */
const RATIOS: readonly (readonly [TargetName, TargetName])[] = [
  ["normalize", "relay"],
  ["passthrough", "relay"],
  ["normalize", "nginx"],
  ["passthrough", "nginx"],
  ["normalize", "against-normalize"],
  ["passthrough", "against-passthrough"],
];

export function printLine(line: string): void {
  Deno.stdout.writeSync(new TextEncoder().encode(`${line}\n`));
}

/** Medians of the rounds, each with its least and most. */
export function figuresTable(metrics: readonly Metric[]): string {
  const seen = TARGET_NAMES.filter((name) =>
    metrics.some(({ rounds }) => rounds[name] !== undefined)
  );
  return table([
    ["median (least-most)", "unit", ...seen],
    ...metrics.map(({ name, unit, rounds }) => [
      name,
      unit,
      ...seen.map((target) => cell(spreadOf(rounds[target] ?? []))),
    ]),
  ]);
}

/** Medians of the ratios within each round. Empty if nothing was compared. */
export function ratiosTable(metrics: readonly Metric[]): string {
  const compared = metrics.filter(({ ratios }) => ratios);
  const seen = RATIOS.filter(([target, base]) =>
    compared.some(({ rounds }) => ratiosOf(rounds, target, base).length > 0)
  );
  if (seen.length === 0) return "";
  return table([
    ["ratio within a round", "", ...seen.map((pair) => pair.join("/"))],
    ...compared.map((metric) => [
      metric.name,
      "",
      ...seen.map(([target, base]) =>
        cell(spreadOf(ratiosOf(metric.rounds, target, base)))
      ),
    ]),
  ]);
}

export function writeJson(path: string, report: Report): void {
  Deno.writeTextFileSync(path, `${JSON.stringify(report, null, 2)}\n`);
}

function table(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, index) =>
    Math.max(...rows.map((cells) => cells[index]?.length ?? 0))
  );
  return rows.map((cells) =>
    cells.map((cell, index) =>
      index < 2
        ? cell.padEnd(widths[index] ?? 0)
        : cell.padStart(widths[index] ?? 0)
    ).join("  ").trimEnd()
  ).join("\n");
}

function cell(spread: Spread | undefined): string {
  if (spread === undefined) return "-";
  const { count, least, median, most } = spread;
  if (count === 1) return figure(median);
  return `${figure(median)} (${figure(least)}-${figure(most)})`;
}

function figure(value: number): string {
  const size = Math.abs(value);
  return value.toFixed(size >= 100 ? 0 : size >= 10 ? 1 : 2);
}
