/** What the benchmark's upstream answers, to and from a query string. */

export interface Plan {
  /** Deltas after the first one; 0 gives a short answer in one write. */
  readonly deltas: number;
  /** Milliseconds between two deltas of a stream; 0 means no pause. */
  readonly gapMs: number;
  /** Every request with an odd number gets 429, which causes a failover. */
  readonly refuseOdd: boolean;
  /** New websockets that offer compression get it. */
  readonly compress?: boolean;
  /** Streams also have the events of an output item, which SDK callers need. */
  readonly items?: boolean;
}

export const WHOLE_ANSWER: Plan = { deltas: 0, gapMs: 0, refuseOdd: false };

export function planTarget(plan: Plan): string {
  const { deltas, gapMs, refuseOdd } = plan;
  const { compress = false, items = false } = plan;
  return `/bench?deltas=${deltas}&gap=${gapMs}&refuse=${refuseOdd}` +
    `&compress=${compress}&items=${items}`;
}

export function parsePlan(target: string): Plan {
  const query = new URL(target, "http://127.0.0.1").searchParams;
  return {
    deltas: Number(query.get("deltas")),
    gapMs: Number(query.get("gap")),
    refuseOdd: query.get("refuse") === "true",
    compress: query.get("compress") === "true",
    items: query.get("items") === "true",
  };
}
