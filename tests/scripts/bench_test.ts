/** The benchmark: its arithmetic, its tables, its gate, its requests. */
import { assert, assertEquals } from "@std/assert";
import { decodeZstd } from "../../lib/protocol/zstd/zstd.ts";
import { readZstdFrame } from "../../lib/protocol/zstd/frame.ts";
import { ok } from "../../lib/result.ts";
import { PLAIN } from "../../scripts/bench/answer.ts";
import { bodyOf } from "../../scripts/bench/exchange.ts";
import {
  GATE_FIGURES,
  GATE_LIMITS,
  pastLimits,
} from "../../scripts/bench/gate_limits.ts";
import { parsePlan, planTarget } from "../../scripts/bench/plan.ts";
import {
  figuresTable,
  markdown,
  ratiosTable,
} from "../../scripts/bench/report.ts";
import { benchRequest, message } from "../../scripts/bench/request.ts";
import {
  type Metric,
  ratiosOf,
  Rounds,
  spreadOf,
} from "../../scripts/bench/rounds.ts";
import { median, quantile } from "../../scripts/bench/stats.ts";
import {
  inTurn,
  TARGET_NAMES,
  type TargetName,
} from "../../scripts/bench/target.ts";

Deno.test("medians and quantiles of few samples", () => {
  assertEquals(median([3, 1, 2]), 2);
  assertEquals(median([4, 1, 2, 3]), 2.5);
  assertEquals(median([7]), 7);
  assertEquals(median([]), NaN);
  assertEquals(quantile([5, 1, 4, 2, 3], 0.99), 5);
  assertEquals(quantile([5, 1, 4, 2, 3], 0.5), 3);
});

const METRIC = metric("CPU", {
  nginx: [1, 2, 4],
  relay: [10, 20, 0],
  normalize: [20, 60, 50],
});

function metric(
  name: string,
  figures: Readonly<Partial<Record<TargetName, readonly number[]>>>,
): Metric {
  const rounds = new Rounds(name, "µs");
  for (const target of TARGET_NAMES) {
    for (const figure of figures[target] ?? []) rounds.add(target, figure);
  }
  return rounds.metric();
}

Deno.test("a ratio is taken within its round, and not by a base that is noise", () => {
  const { rounds } = METRIC;
  assertEquals(ratiosOf(rounds, "normalize", "nginx"), [20, 30, 12.5]);
  assertEquals(ratiosOf(rounds, "normalize", "relay"), [2, 3]);
  assertEquals(ratiosOf(rounds, "passthrough", "relay"), []);
  assertEquals(ratiosOf(rounds, "normalize", "direct"), []);
  assertEquals(spreadOf([2, 3]), { median: 2.5, least: 2, most: 3, count: 2 });
  assertEquals(spreadOf([]), undefined);
});

Deno.test("the tables have a column for each target that was measured", () => {
  assertEquals(
    figuresTable([METRIC]),
    "median (least-most)  unit             nginx             relay         normalize\n" +
      "CPU                  µs    2.00 (1.00-4.00)  10.0 (0.00-20.0)  50.0 (20.0-60.0)",
  );
  const others = [{ ...METRIC, ratios: false }, metric("one", { relay: [1] })];
  assertEquals(
    ratiosTable([METRIC, ...others]),
    "ratio within a round     normalize/relay   normalize/nginx\n" +
      "CPU                     2.50 (2.00-3.00)  20.0 (12.5-30.0)",
  );
  assertEquals(ratiosTable(others), "");
  assertEquals(
    markdown([{ ...METRIC, ratios: false }, METRIC]).split("\n")[3],
    "| CPU | µs | 2.00 (1.00-4.00) | 10.0 (0.00-20.0) | 50.0 (20.0-60.0) | " +
      "2.50 (2.00-3.00) | 20.0 (12.5-30.0) |",
  );
});

Deno.test("each round begins with another target", () => {
  const child = {
    pid: 0,
    exited: Promise.resolve(0),
    lastWords: () => "",
    stop: () => Promise.resolve(),
    port: 0,
  };
  const targets = (["nginx", "relay", "normalize"] as const).map((name) => ({
    ...child,
    name,
  }));
  const orders = [0, 1, 2, 3].map((round) =>
    inTurn(targets, round).map(({ name }) => name).join(" ")
  );
  assertEquals(orders, [
    "nginx relay normalize",
    "relay normalize nginx",
    "normalize nginx relay",
    "nginx relay normalize",
  ]);
  assertEquals(inTurn([], 3), []);
});

/** Figures whose ratios are the limits, times a factor in one mode. */
function atLimit(factor: number): readonly Metric[] {
  return GATE_FIGURES.map((figure) => {
    const { normalize, passthrough } = GATE_LIMITS[figure];
    return metric(figure, {
      relay: [10, 20, 10],
      normalize: [10 * normalize, 20 * normalize * factor, 1e9],
      passthrough: [10 * passthrough, 20 * passthrough, 1e9],
    });
  });
}

Deno.test("the gate judges the median ratio of each figure and mode", () => {
  assertEquals(pastLimits(atLimit(1)), []);
  const past = pastLimits(atLimit(1.01));
  assertEquals(past.length, GATE_FIGURES.length);
  const { normalize } = GATE_LIMITS["CPU per request"];
  assertEquals(
    past[0],
    `CPU per request in mode normalize is ${(normalize * 1.01).toFixed(2)} ` +
      "times that of the bare relay; the limit of docs/performance.md is " +
      `${normalize}`,
  );
});

Deno.test("the gate does not take missing figures for good ones", () => {
  assertEquals(pastLimits([]).length, 2 * GATE_FIGURES.length);
  const [first, ...others] = atLimit(1);
  assert(first);
  assertEquals(pastLimits(others).length, 2);
  const withoutRelay = { ...first, rounds: { ...first.rounds, relay: [] } };
  assertEquals(pastLimits([withoutRelay, ...others]).length, 2);
});

Deno.test("both upstreams answer with the same events", () => {
  const whole = new Uint8Array([...PLAIN.firstEvents, ...PLAIN.lastEvents]);
  assertEquals(bodyOf(PLAIN.whole.slice()), whole);
});

Deno.test("a compressed request is the same body in one frame", () => {
  const request = benchRequest({ size: 300_000, session: "bench" });
  const plain = new TextEncoder().encode(request.body);
  assertEquals(plain.length, 300_000);
  const bytes = message(request, 1, "zstd");
  const head = new TextDecoder("latin1").decode(bytes).split("\r\n\r\n", 1)[0];
  assert(head?.includes("\r\ncontent-encoding: zstd\r\n"), head);
  const body = bytes.subarray((head?.length ?? 0) + 4);
  assert(head?.endsWith(`content-length: ${body.length}`), head);
  const frame = readZstdFrame(body);
  assert(frame.ok, "one frame");
  assertEquals(frame.value.contentSize, undefined);
  assertEquals(decodeZstd(body, plain.length), ok(plain));
});

Deno.test("a plan is the same after its way through a query", () => {
  const plan = {
    deltas: 500,
    gapMs: 20,
    refuseOdd: true,
    compress: true,
    items: true,
  };
  assertEquals(parsePlan(planTarget(plan)), plan);
});
