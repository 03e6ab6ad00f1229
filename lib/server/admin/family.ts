/** Makes the metrics of `GET /admin/metrics`. Defines none. */
import type { Counter } from "../../counter.ts";
import type { Family, Sample } from "./exposition.ts";

export function counter(
  name: string,
  help: string,
  samples: readonly Sample[],
): Family {
  return { name, type: "counter", help, samples };
}

export function gauge(
  name: string,
  help: string,
  samples: readonly Sample[],
): Family {
  return { name, type: "gauge", help, samples };
}

/** The only series of a metric without labels. */
export function one(value: number): readonly Sample[] {
  return [{ labels: {}, value }];
}

/** One series for each key; `more` are labels of all of them. */
export function byKey(
  label: string,
  counter: Counter<string>,
  more: Readonly<Record<string, string>> = {},
): readonly Sample[] {
  return [...counter.entries()].map(([key, value]) => ({
    labels: { ...more, [label]: key },
    value,
  }));
}
