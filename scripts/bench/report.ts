/** Writes the tables on the terminal and the JSON file. */

import { type Metric, ratiosOf, type Spread, spreadOf } from "./rounds.ts";
import { TARGET_NAMES, type TargetName } from "./target.ts";

export interface Report {
  readonly deno: string;
  readonly quick: boolean;
  readonly metrics: readonly Metric[];
}

export interface SuiteResult {
  readonly suite: string;
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
  const seen = seenTargets(metrics);
  return aligned([
    ["median (least-most)", "unit", ...seen],
    ...metrics.map((metric) => figureCells(metric, seen)),
  ]);
}

/** Medians of the ratios within each round. Empty if nothing was compared. */
export function ratiosTable(metrics: readonly Metric[]): string {
  const seen = seenRatios(metrics.filter(({ ratios }) => ratios));
  const compared = metrics.filter((metric) =>
    metric.ratios && seenRatios([metric]).length > 0
  );
  if (compared.length === 0) return "";
  return aligned([
    ["ratio within a round", "", ...seen.map((pair) => pair.join("/"))],
    ...compared.map((metric) => [metric.name, "", ...ratioCells(metric, seen)]),
  ]);
}

/** Figures and ratios as one table of a document; `deno fmt` aligns it. */
export function markdown(metrics: readonly Metric[]): string {
  const targets = seenTargets(metrics);
  const pairs = seenRatios(metrics.filter(({ ratios }) => ratios));
  const head = ["", "unit", ...targets, ...pairs.map((pair) => pair.join("/"))];
  return [
    head,
    head.map((_, index) => index < 2 ? "-" : "-:"),
    ...metrics.map((metric) => [
      ...figureCells(metric, targets),
      ...metric.ratios ? ratioCells(metric, pairs) : pairs.map(() => "-"),
    ]),
  ].map((cells) => `| ${cells.join(" | ")} |\n`).join("");
}

function seenTargets(metrics: readonly Metric[]): readonly TargetName[] {
  return TARGET_NAMES.filter((name) =>
    metrics.some(({ rounds }) => rounds[name] !== undefined)
  );
}

function seenRatios(metrics: readonly Metric[]): typeof RATIOS {
  return RATIOS.filter(([target, base]) =>
    metrics.some(({ rounds }) => ratiosOf(rounds, target, base).length > 0)
  );
}

function figureCells(
  { name, rounds, unit }: Metric,
  targets: readonly TargetName[],
): readonly string[] {
  const cells = targets.map((target) => cell(spreadOf(rounds[target] ?? [])));
  return [name, unit, ...cells];
}

function ratioCells(
  { rounds }: Metric,
  pairs: typeof RATIOS,
): readonly string[] {
  return pairs.map(([target, base]) =>
    cell(spreadOf(ratiosOf(rounds, target, base)))
  );
}

export function writeJson(path: string, report: Report): void {
  Deno.writeTextFileSync(path, `${JSON.stringify(report, null, 2)}\n`);
}

export function writeMarkdown(
  path: string,
  results: readonly SuiteResult[],
): void {
  const parts = results.map(({ suite, metrics }) =>
    `### \`${suite}\`\n\n${markdown(metrics)}`
  );
  Deno.writeTextFileSync(path, parts.join("\n"));
}

function aligned(rows: readonly (readonly string[])[]): string {
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
