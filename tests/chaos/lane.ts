/**
 * One lane from start to end: an upstream, a gateway before it, callers, bad
 * weather, and what is left when all have gone.
 */
import { seeded } from "../support/random.ts";
import { descriptorsAtRest, lookAt } from "./aftermath.ts";
import { pause } from "./clock.ts";
import type { Figures } from "./figures.ts";
import type { Finding } from "./findings.ts";
import { isForNothing } from "./for_nothing.ts";
import type { StreamVerdict } from "./judge_stream.ts";
import { LaneCallers } from "./lane_callers.ts";
import type { LaneKind } from "./lanes.ts";
import { FORGOTTEN_MS, LONG_MS, MemoryWatch } from "./memory.ts";
import type { Options } from "./options.ts";
import type { Program } from "./program.ts";
import { calmOf, Scene } from "./scene.ts";
import { seedOf } from "./seeds.ts";
import type { Turn } from "./turn.ts";
import { Weather } from "./weather.ts";

/** For turns of every kind, before anything is measured. */
const FIRST_MS = 1_500;
/** Load behind the pause of a long run, so that garbage is collected. */
const AFTER_MS = 8_000;
/** A moment in which a death becomes known. */
const NEWS_MS = 300;
/** Fewer than this in a second show nothing, on a machine however busy. */
const LEAST_A_SECOND = 0.5;

export interface LaneOptions extends Options {
  readonly kind: LaneKind;
  readonly figures: Figures;
}

export async function runLane(options: LaneOptions): Promise<void> {
  const lane = new Lane(options);
  await using scene = await Scene.set({
    ...options,
    found: (finding) => lane.found(finding),
  });
  await lane.run(scene);
}

class Lane {
  readonly #options: LaneOptions;
  #memory = new MemoryWatch();
  #program: Program | undefined;
  /** When a gateway that had died was back. */
  #downUntil = 0;
  #served = 0;

  constructor(options: LaneOptions) {
    this.#options = options;
  }

  async run(scene: Scene): Promise<void> {
    const { seconds, kind, seed, callers: count } = this.#options;
    const { upstream } = scene;
    const random = seeded(seedOf(seed, kind.name, "weather"));
    const weather = new Weather(upstream, random);
    this.#program = await scene.startProgram();
    const started = Date.now();
    const until = started + seconds * 1000;
    const callers = this.#callers(scene, weather);
    const loops = (deadline: number) =>
      Array.from({ length: count ?? kind.callers }, async () => {
        while (Date.now() < deadline && this.#program) await callers.once();
      });
    await Promise.all(loops(Math.min(started + FIRST_MS, until)));
    const rest = this.#program &&
      await descriptorsAtRest(this.#program, upstream);
    await Promise.all([
      ...loops(until),
      this.#nurse(scene, until),
      weather.run(until),
    ]);
    if (seconds * 1000 >= LONG_MS) {
      await pause(FORGOTTEN_MS);
      await Promise.all(loops(Date.now() + AFTER_MS));
      this.#memory.rested(this.#program?.memory() ?? 0);
    }
    await this.#end(scene, rest ?? 0);
  }

  found(finding: Finding, turn?: Turn): void {
    const { figures, seed, kind } = this.#options;
    const where = turn
      ? `--seed ${seed} --lane ${kind.name}, turn ${turn.id} (${turn.story()})`
      : `--seed ${seed} --lane ${kind.name}`;
    figures.found(finding, where);
  }

  #callers({ turns, upstream }: Scene, weather: Weather): LaneCallers {
    const { kind, seed, from } = this.#options;
    const wasBad = (since: number) =>
      weather.wasBad(since) || upstream.hasCut(since);
    return new LaneCallers({
      lane: kind.name,
      port: () => this.#program?.publicPort ?? 0,
      judged: (turn, verdict) => this.#judged(turn, verdict, wasBad),
      lost: async (finding, turn) => {
        await pause(NEWS_MS);
        if (!this.#wentDown(turn)) this.found(finding, turn);
      },
      turns,
      seed,
      from,
    });
  }

  /** Replaces what has died, and ends waits that would fill the run. */
  async #nurse(scene: Scene, until: number): Promise<void> {
    for (let round = 1; Date.now() < until && this.#program; round++) {
      await pause(100);
      const program = this.#program;
      if (round % 10 === 0) this.#memory.add(program.memory());
      await scene.files.replaceDead();
      if (round % 2 === 0) {
        await program.ask("/admin/accounts/wake", {
          method: "POST",
          headers: { "content-type": "application/json" },
        });
      }
      const isAsked = round % 20 === 0;
      const isWell = program.ended === undefined &&
        (!isAsked || await program.ask("/admin/status") !== undefined);
      if (!isWell) await this.#replace(scene, program);
    }
  }

  async #replace(scene: Scene, dead: Program): Promise<void> {
    const { ended, tail } = dead;
    const what = ended === undefined
      ? "answers no more"
      : `ended with ${ended}`;
    this.found({ kind: "gateway", text: `${what}:\n${tail}` });
    await dead[Symbol.asyncDispose]();
    this.#program = await scene.startProgram();
    this.#memory = new MemoryWatch();
    this.#downUntil = Date.now();
  }

  /** Whether the turn went down with a gateway; that is told of the gateway. */
  #wentDown(turn: Turn): boolean {
    return this.#program?.ended !== undefined ||
      this.#downUntil >= turn.startedAt;
  }

  async #judged(
    turn: Turn,
    { findings, end, hasContent, words = "" }: StreamVerdict,
    wasBad: (since: number) => boolean,
  ): Promise<void> {
    const { figures, kind } = this.#options;
    if (findings.length > 0) await pause(NEWS_MS);
    if (this.#wentDown(turn)) return figures.turn("went down");

    for (const finding of findings) this.found(finding, turn);
    for (const text of turn.problems) {
      const isMixed = text.startsWith("mixed");
      this.found(
        { kind: isMixed ? "mixed accounts" : "wrong bytes", text },
        turn,
      );
    }
    if (end === "upstream") this.#served++;
    const isRefused = end === "gateway" && !hasContent;
    figures.turn(isRefused ? "refused" : end ?? "odd");
    const calm = calmOf(kind);
    const isFast = kind.scale > 1;
    if (isRefused && isForNothing({ turn, words, calm, isFast, wasBad })) {
      const text = `${calm} was not asked; ${words}`;
      this.found({ kind: "failed for nothing", text }, turn);
    }
  }

  async #end(scene: Scene, rest: number): Promise<void> {
    const { figures, kind, seconds } = this.#options;
    const { logins, files, upstream } = scene;
    figures.granted += logins.granted;
    figures.lostAnswers += logins.lostAnswers;
    if (this.#served < seconds * LEAST_A_SECOND) {
      const text = `only ${this.#served} turns were answered`;
      this.found({ kind: "gateway", text });
    }
    if (!this.#program) return;
    const left = await lookAt(this.#program, {
      upstream,
      rest,
      memory: this.#memory,
      found: (finding) => this.found(finding),
    });
    figures.left({ lane: kind.name, ...left });
    for (const finding of await files.check()) this.found(finding);
  }
}
