/**
 * Writes the Prometheus text format, version 0.0.4. Defines no metric.
 */
import { harmlessText } from "../../protocol/quote.ts";

export const EXPOSITION_TYPE = "text/plain; version=0.0.4; charset=utf-8";

export interface Sample {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** One series of a histogram, with its labels. */
export interface Buckets {
  readonly labels: Readonly<Record<string, string>>;
  /** Ascending; the last bound is Infinity. */
  readonly cumulative: readonly (readonly [bound: number, count: number])[];
  readonly sum: number;
}

/** A metric with all its series. */
export type Family =
  & { readonly name: string; readonly help: string }
  & (
    | {
      readonly type: "counter" | "gauge";
      readonly samples: readonly Sample[];
    }
    | { readonly type: "histogram"; readonly samples: readonly Buckets[] }
  );

export function exposition(families: readonly Family[]): string {
  return families.map((family) => {
    const { name, type, help } = family;
    const lines = family.type === "histogram"
      ? family.samples.flatMap((buckets) => histogramLines(name, buckets))
      : family.samples.map((sample) => line(name, sample));
    return [
      `# HELP ${name} ${escape(help, /[\\\n]/g)}`,
      `# TYPE ${name} ${type}`,
      ...lines,
    ].map((text) => `${text}\n`).join("");
  }).join("");
}

function histogramLines(
  name: string,
  { labels, cumulative, sum }: Buckets,
): string[] {
  const buckets = cumulative.map(([bound, value]) =>
    line(`${name}_bucket`, { labels: { ...labels, le: number(bound) }, value })
  );
  const [, count] = cumulative.at(-1) ?? [0, 0];
  return [
    ...buckets,
    line(`${name}_sum`, { labels, value: sum }),
    line(`${name}_count`, { labels, value: count }),
  ];
}

function line(name: string, { labels, value }: Sample): string {
  const pairs = Object.entries(labels).map(([key, text]) =>
    `${key}="${escape(labelValue(text), /[\\\n"]/g)}"`
  );
  const set = pairs.length === 0 ? "" : `{${pairs.join(",")}}`;
  return `${name}${set} ${number(value)}`;
}

function escape(text: string, special: RegExp): string {
  return text.replaceAll(special, (one) => one === "\n" ? "\\n" : `\\${one}`);
}

/**
 * An account's id is a file name, so it can hold anything. Line ends stay,
 * because the format escapes them; other control characters are escaped here.
 */
function labelValue(text: string): string {
  return text.split("\n").map(harmlessText).join("\n");
}

/** As Go's ParseFloat reads it. */
function number(value: number): string {
  if (value === Infinity) return "+Inf";
  return value === -Infinity ? "-Inf" : String(value);
}
