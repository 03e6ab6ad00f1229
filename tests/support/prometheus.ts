/**
 * A strict reader of the Prometheus text format, version 0.0.4: throws at
 * whatever a scraper might stumble over.
 */

export interface Metric {
  readonly name: string;
  readonly type: string;
  readonly help: string;
  readonly samples: readonly Sample[];
}

export interface Sample {
  /** With `_bucket` and the like, where the metric is a histogram. */
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

const NAME = "[a-zA-Z_:][a-zA-Z0-9_:]*";
const HELP = new RegExp(`^# HELP (${NAME}) ((?:[^\\\\]|\\\\[\\\\n])+)$`, "su");
const TYPE = new RegExp(`^# TYPE (${NAME}) (counter|gauge|histogram)$`);
const SAMPLE = new RegExp(`^(${NAME})(?:\\{(.*)\\})? (\\S+)$`, "su");
const LABEL =
  /^([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\]|\\[\\"n])*)"(?:,(?=.)|$)/su;
const NUMBER = /^(?:[+-]Inf|NaN|[+-]?\d+(?:\.\d+)?(?:e[+-]?\d+)?)$/;

export function readMetrics(text: string): ReadonlyMap<string, Metric> {
  if (!text.endsWith("\n")) throw new Error("the last line has no end");
  const metrics = new Map<string, Metric>();
  const seen = new Set<string>();
  const lines = text.slice(0, -1).split("\n");
  for (let at = 0; at < lines.length;) {
    const [, name = "", help = ""] = matched(HELP, lines[at++]);
    const [, same, type = ""] = matched(TYPE, lines[at++]);
    if (same !== name) throw new Error(`TYPE of ${same} below ${name}`);
    if (metrics.has(name)) throw new Error(`${name} comes twice`);
    const samples: Sample[] = [];
    for (; at < lines.length && !lines[at]?.startsWith("#"); at++) {
      const sample = readSample(lines[at]);
      const series = seriesOf(sample);
      if (seen.has(series)) throw new Error(`${series} comes twice`);
      seen.add(series);
      samples.push(sample);
    }
    const metric = { name, type, help, samples };
    check(metric);
    metrics.set(name, metric);
  }
  return metrics;
}

/** `name{a="b"}`, with the labels as they are. */
export function seriesOf({ name, labels }: Sample): string {
  const pairs = Object.entries(labels).map(([key, value]) =>
    `${key}=${JSON.stringify(value)}`
  );
  return pairs.length === 0 ? name : `${name}{${pairs.join(",")}}`;
}

/** Every value, by its series. */
export function valuesOf(text: string): Readonly<Record<string, number>> {
  return Object.fromEntries(
    [...readMetrics(text).values()].flatMap(({ samples }) =>
      samples.map((sample) => [seriesOf(sample), sample.value])
    ),
  );
}

function matched(pattern: RegExp, line = ""): RegExpExecArray {
  const match = pattern.exec(line);
  if (!match) throw new Error(`not ${pattern}: ${JSON.stringify(line)}`);
  return match;
}

function readSample(line = ""): Sample {
  const [, name = "", pairs = "", value = ""] = matched(SAMPLE, line);
  const labels: Record<string, string> = {};
  for (let rest = pairs; rest !== "";) {
    const [whole, key = "", text = ""] = matched(LABEL, rest);
    if (key in labels) throw new Error(`label ${key} twice: ${line}`);
    labels[key] = text.replaceAll(
      /\\(.)/gsu,
      (_, one) => one === "n" ? "\n" : one,
    );
    rest = rest.slice(whole.length);
  }
  matched(NUMBER, value);
  return { name, labels, value: Number(value.replace("Inf", "Infinity")) };
}

/** Rules for a metric as a whole. */
function check({ name, type, samples }: Metric): void {
  const suffixes = type === "histogram" ? ["_bucket", "_sum", "_count"] : [""];
  for (const sample of samples) {
    if (!suffixes.some((suffix) => sample.name === name + suffix)) {
      throw new Error(`${sample.name} below ${name}`);
    }
    if (type !== "gauge" && !(sample.value >= 0)) {
      throw new Error(`${sample.name} went below zero`);
    }
  }
  if ((type === "counter") !== name.endsWith("_total")) {
    throw new Error(`${name} is a ${type}`);
  }
  if (type === "histogram") checkHistogram(name, samples);
}

function checkHistogram(name: string, samples: readonly Sample[]): void {
  const of = (suffix: string) =>
    samples.filter((sample) => sample.name === name + suffix);
  for (const count of of("_count")) {
    const key = JSON.stringify(count.labels);
    const buckets = of("_bucket").filter(({ labels: { le: _, ...labels } }) =>
      JSON.stringify(labels) === key
    );
    const bounds = buckets.map(({ labels }) =>
      Number(labels["le"]?.replace("Inf", "Infinity"))
    );
    const values = buckets.map(({ value }) => value);
    for (const list of [bounds, values]) {
      if (list.some((value, at) => value < (list[at - 1] ?? -Infinity))) {
        throw new Error(`${name} is not cumulative: ${list}`);
      }
    }
    if (bounds.at(-1) !== Infinity || values.at(-1) !== count.value) {
      throw new Error(`${name} has no bucket for all`);
    }
  }
}
