/**
 * Measures websocket sessions: memory of idle ones, CPU per event, added
 * latency, and what is left behind.
 *
 * `compressedWebsocket` does the same with an upstream that compresses. Without
 * nginx, which only relays bytes, and without the bare relay, which asks for no
 * compression.
 */
import type { Bench } from "../bench.ts";
import { type Metric, Rounds } from "../rounds.ts";
import { quantile } from "../stats.ts";
import type { TargetName } from "../target.ts";
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
  `websocket events per second, ${BUSY} in a flood`,
  "1/s",
  (s) => s.flatOut.eventsPerSecond,
];
const CPU: readonly Figure[] = [
  [
    "CPU per websocket event, flood",
    "µs",
    (s) => s.flatOut.cpuPerEvent * 1e6,
  ],
  [
    "CPU per websocket event, paced",
    "µs",
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

const YARDSTICKS: readonly TargetName[] = ["direct", "nginx", "relay"];

export async function websocket(bench: Bench): Promise<readonly Metric[]> {
  const samples = await measured(
    bench,
    [...YARDSTICKS, ...bench.gateways],
    false,
  );
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
  const samples = await measured(bench, bench.gateways, true);
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
  const rounds = bench.quick ? 2 : 5;
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
  const rounds = new Rounds(name, unit, { ratios });
  for (const [target, passes] of samples) {
    for (const sample of passes) rounds.add(target, of(sample));
  }
  return rounds.metric();
}

/** Subtracts each round's direct figure from all others. */
function added(all: Metric): Metric {
  const { direct = [] } = all.rounds;
  const rounds = Object.entries(all.rounds).map(([target, figures]) => [
    target,
    target === "direct"
      ? figures
      : figures.map((figure, round) => figure - (direct[round] ?? NaN)),
  ]);
  return { ...all, rounds: Object.fromEntries(rounds) };
}

/** Leaves out the upstream itself. */
function ofProxies(samples: WebsocketSamples): WebsocketSamples {
  return new Map([...samples].filter(([target]) => target !== "direct"));
}
