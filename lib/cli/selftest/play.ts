/**
 * Plays scripts one after the other, each on a new stage, and returns the
 * claims that did not hold. A script that throws or hangs has failed.
 */
import { join } from "@std/path";
import { ownMessage } from "../../error_text.ts";
import type { Simulator } from "../../simulator/simulator.ts";
import { type Claims, type Played, type Script, Stage } from "./stage.ts";

/** Ten times as long as the slowest script takes. */
const PATIENCE_MS = 5_000;

export interface PlayOptions {
  /** A folder for the files of the scripts. */
  readonly dir: string;
  /** Called before each script. */
  readonly sabotage?: (simulator: Simulator) => void;
  readonly report: (played: Played) => void;
}

export async function playAll(
  scripts: readonly Script[],
  { dir, sabotage, report }: PlayOptions,
): Promise<readonly Played[]> {
  const results: Played[] = [];
  for (const [at, script] of scripts.entries()) {
    const started = performance.now();
    const own = join(dir, String(at));
    await Deno.mkdir(own, { mode: 0o700 });
    const unmet = await play(script, { dir: own, sabotage });
    const ms = Math.round(performance.now() - started);
    const played = { name: script.name, ms, unmet };
    results.push(played);
    report(played);
  }
  return results;
}

interface OneOptions {
  readonly dir: string;
  readonly sabotage: PlayOptions["sabotage"];
}

async function play(
  script: Script,
  { dir, sabotage }: OneOptions,
): Promise<readonly string[]> {
  const patience = new AbortController();
  const { signal } = patience;
  const timer = setTimeout(() => patience.abort(), PATIENCE_MS);
  try {
    const stage = await Stage.set(script, { dir, signal });
    sabotage?.(stage.simulator);
    const said = await script.play(stage).catch(thrown(signal));
    const after = await stage.clear();
    return [...unmetIn(said), ...unmetIn(after)];
  } catch (error) {
    return unmetIn(thrown(signal)(error));
  } finally {
    clearTimeout(timer);
  }
}

function unmetIn(claims: Claims): readonly string[] {
  return Object.entries(claims).flatMap(([claim, holds]) =>
    holds ? [] : [claim]
  );
}

/** What was thrown, as a claim that does not hold. */
function thrown(signal: AbortSignal): (error: unknown) => Claims {
  return (error) => {
    const reason = ownMessage(error);
    const claim = signal.aborted
      ? `it ends within ${PATIENCE_MS / 1000} s`
      : `it runs without an error (${reason})`;
    return { [claim]: false };
  };
}
