/** What a run has counted, and the words it ends with. */
import { type Finding, type FindingKind, FINDINGS } from "./findings.ts";

const MEBI = 1024 * 1024;
/** As many of a kind are told in full. */
const TOLD = 5;

/** What is left of a gateway, beside what it began with. */
export interface Left {
  readonly lane: string;
  readonly inFlight: number;
  readonly descriptors: readonly [start: number, end: number];
  /** Bytes: behind the warm-up, at the end, and the most. */
  readonly memory: readonly [warm: number, end: number, peak: number];
  readonly stopMs: number | undefined;
}

export class Figures {
  readonly #outcomes = new Map<string, number>();
  readonly #faults = new Map<string, number>();
  readonly #findings = new Map<FindingKind, number>();
  readonly #left: Left[] = [];
  readonly #say: (line: string) => void;
  granted = 0;
  lostAnswers = 0;

  constructor(say: (line: string) => void) {
    this.#say = say;
  }

  turn(outcome: string): void {
    add(this.#outcomes, outcome);
  }

  fault(name: string): void {
    add(this.#faults, name);
  }

  left(left: Left): void {
    this.#left.push(left);
  }

  /** Told at once, so that it is known when the run is cut. */
  found({ kind, text }: Finding, where: string): void {
    const count = add(this.#findings, kind);
    if (count <= TOLD) this.#say(`WRONG ${kind}, ${where}: ${text}`);
    if (count === TOLD + 1) this.#say(`WRONG ${kind}: more are only counted`);
  }

  get turns(): number {
    return sum(this.#outcomes);
  }

  /** The figures, then the line that is counted; true if all is well. */
  report(seconds: number, lanes: number): boolean {
    const say = this.#say;
    say(`turns: ${this.turns} in ${seconds} s (${list(this.#outcomes)})`);
    say(`faults: ${sum(this.#faults)} of ${this.#faults.size} kinds`);
    for (const line of columns(this.#faults)) say(`  ${line}`);
    say(`refreshes: ${this.granted}; answers lost: ${this.lostAnswers}`);
    for (const left of this.#left) say(leftLine(left));
    for (const kind of FINDINGS) {
      say(`${kind}: ${this.#findings.get(kind) ?? 0}`);
    }
    // Each lane is held to each of them.
    const failed = this.#findings.size;
    const passed = FINDINGS.length * lanes - failed;
    const verdict = failed === 0 ? "ok" : "FAILED";
    say(`${verdict} | ${passed} passed | ${failed} failed (${seconds}s)`);
    return failed === 0;
  }
}

function leftLine({ lane, inFlight, descriptors, memory, stopMs }: Left) {
  const [warm, end, peak] = memory.map((bytes) => Math.round(bytes / MEBI));
  return `${lane}: in flight ${inFlight}, descriptors ${
    descriptors.join(" → ")
  }, memory ${warm} → ${end} MiB (peak ${peak}), stopped in ${stopMs} ms`;
}

function add<K>(counts: Map<K, number>, key: K): number {
  const count = (counts.get(key) ?? 0) + 1;
  counts.set(key, count);
  return count;
}

function sum(counts: ReadonlyMap<string, number>): number {
  return [...counts.values()].reduce((all, one) => all + one, 0);
}

function list(counts: ReadonlyMap<string, number>): string {
  return [...counts].toSorted(([, a], [, b]) => b - a)
    .map(([name, count]) => `${name} ${count}`).join(", ");
}

/** Several to a line, or they would fill pages. */
function columns(counts: ReadonlyMap<string, number>): readonly string[] {
  const words = [...counts].toSorted(([a], [b]) => a < b ? -1 : 1)
    .map(([name, count]) => `${name} ${count}`);
  const lines: string[] = [];
  for (const word of words) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + word.length < 76) {
      lines[lines.length - 1] = `${last} · ${word}`;
    } else lines.push(word);
  }
  return lines;
}
