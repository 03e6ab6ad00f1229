/** Writes the table on the terminal and the JSON file. */

import type { Metric, TargetName } from "./target.ts";

export interface Report {
  readonly deno: string;
  readonly quick: boolean;
  readonly metrics: readonly Metric[];
}

const COLUMNS: readonly TargetName[] = [
  "direct",
  "nginx",
  "gateway",
  "normalize",
];
const HEADINGS = ["", "unit", ...COLUMNS, "gateway/nginx", "normalize/gateway"];

export function printLine(line: string): void {
  Deno.stdout.writeSync(new TextEncoder().encode(`${line}\n`));
}

/** A plain table. The column `gateway` is fingerprint mode `passthrough`. */
export function table(metrics: readonly Metric[]): string {
  const rows = [HEADINGS, ...metrics.map(row)];
  const widths = HEADINGS.map((_, index) =>
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

export function writeJson(path: string, report: Report): void {
  Deno.writeTextFileSync(path, `${JSON.stringify(report, null, 2)}\n`);
}

function row({ name, unit, values, ratios }: Metric): readonly string[] {
  return [
    name,
    unit,
    ...COLUMNS.map((column) => figure(values[column])),
    ratios ? ratio(values.gateway, values.nginx) : "",
    ratios ? ratio(values.normalize, values.gateway) : "",
  ];
}

function figure(value: number | undefined): string {
  if (value === undefined) return "-";
  if (Math.abs(value) >= 100) return value.toFixed(0);
  return value.toFixed(Math.abs(value) >= 10 ? 1 : 2);
}

function ratio(value: number | undefined, base: number | undefined): string {
  if (value === undefined || base === undefined || base <= 0) return "-";
  return `${(value / base).toFixed(2)}x`;
}
