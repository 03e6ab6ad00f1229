/**
 * Measures websocket sessions: memory of idle ones, events per second, added
 * latency, and what is left behind.
 *
 * `compressedWebsocket` does the same with an upstream that compresses. Without
 * nginx, which only relays bytes.
 */
import type { Bench } from "../bench.ts";
import { median, quantile } from "../stats.ts";
import type { Metric, TargetName } from "../target.ts";
import { BUSY, IDLE, pass, type WebsocketSample } from "../ws_run.ts";

type Figure = readonly [
  name: string,
  unit: string,
  of: (sample: WebsocketSample) => number,
];

type WebsocketSamples = ReadonlyMap<TargetName, readonly WebsocketSample[]>;

const MEMORY: readonly Figure[] = [
  [`memory per idle websocket of ${IDLE}, RSS`, "KiB", (s) => s.rss],
  [`memory per idle websocket of ${IDLE}, private`, "KiB", (s) => s.private],
];
const RATE: Figure = [
  `websocket events per second, ${BUSY} flat out`,
  "1/s",
  (s) => s.flatOut.eventsPerSecond,
];
const CPU: readonly Figure[] = [
  [
    "CPU per million websocket events, flat out",
    "s",
    (s) => s.flatOut.cpuPerEvent * 1e6,
  ],
  [
    "CPU per million websocket events, paced",
    "s",
    (s) => s.paced.cpuPerEvent * 1e6,
  ],
];
const LATENCY: readonly Figure[] = [0.5, 0.99].flatMap((share): Figure[] => [
  [
    `websocket, turn to first delta, p${share * 100} added`,
    "ms",
    (s) => quantile(s.firstDelta, share),
  ],
  [
    `websocket, transit of a delta, p${share * 100} added`,
    "ms",
    (s) => quantile(s.transit, share),
  ],
]);
const LEFT: readonly Figure[] = [
  ["descriptors left behind by websockets", "", (s) => s.left.files],
  ["turns left in flight", "", (s) => s.left.inFlight],
  ["upstream websockets left open", "", (s) => s.left.upstream],
];

const PROXIES: readonly TargetName[] = ["nginx", "gateway", "normalize"];

export async function websocket(bench: Bench): Promise<readonly Metric[]> {
  const samples = await measured(bench, ["direct", ...PROXIES], false);
  return [
    ...MEMORY.map((figure) => metric(figure, ofProxies(samples))),
    metric(RATE, samples),
    ...CPU.map((figure) => metric(figure, ofProxies(samples))),
    ...LATENCY.map((figure) => added(metric(figure, samples, false))),
    ...LEFT.map((figure) => metric(figure, ofProxies(samples), false)),
  ];
}

export async function compressedWebsocket(
  bench: Bench,
): Promise<readonly Metric[]> {
  const samples = await measured(bench, ["gateway", "normalize"], true);
  const figures = [...MEMORY, RATE, ...CPU, ...LEFT.slice(0, 1)];
  return figures.map(([name, unit, of]) =>
    metric([`${name}, compressed`, unit, of], samples)
  );
}

async function measured(
  bench: Bench,
  names: readonly TargetName[],
  compress: boolean,
): Promise<WebsocketSamples> {
  const samples = new Map<TargetName, WebsocketSample[]>();
  const rounds = bench.quick ? 1 : 3;
  for (let round = 0; round < rounds; round++) {
    for (const name of names) {
      // A new process each time, because memory is not freed after a burst.
      const target = await bench.start(name);
      if (target === undefined) continue;
      const sample = await pass(bench, target, compress);
      samples.set(name, [...samples.get(name) ?? [], sample]);
      await target.stop();
    }
  }
  return samples;
}

function metric(
  [name, unit, of]: Figure,
  samples: WebsocketSamples,
  ratios = true,
): Metric {
  const values = [...samples].map(([target, passes]) => [
    target,
    median(passes.map(of)),
  ]);
  return { name, unit, ratios, values: Object.fromEntries(values) };
}

/** Subtracts the direct figure from all others. */
function added(all: Metric): Metric {
  const { direct = 0 } = all.values;
  const values = Object.entries(all.values).map(([target, value]) => [
    target,
    target === "direct" ? value : value - direct,
  ]);
  return { ...all, values: Object.fromEntries(values) };
}

/** Leaves out the upstream itself. */
function ofProxies(samples: WebsocketSamples): WebsocketSamples {
  return new Map([...samples].filter(([target]) => target !== "direct"));
}
