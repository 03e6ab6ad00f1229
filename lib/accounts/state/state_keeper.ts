/**
 * Keeps the state in `.codaze-state.json` of the accounts dir: read once, saved
 * now and then and at the end, settings at once.
 *
 * A cache: what cannot be read or written costs one line in the log. Of two
 * gateways on one folder the last one to save wins.
 */
import { join } from "@std/path";
import { MAX_STATE_BYTES, SAVE_STATE_MS } from "../../limits.ts";
import type { Runtime } from "../../runtime.ts";
import { reasonOf, writeDurably } from "../files/durable.ts";
import { readRegularFile, whyNoFile } from "../files/regular_file.ts";
import type { PoolMemory } from "../pool/memory.ts";
import type { Registry } from "../pool/registry.ts";
import { newState, readState, writeState } from "./saved_state.ts";

export const STATE_FILE = ".codaze-state.json";

export interface StateDeps {
  readonly dir: string;
  readonly runtime: Pick<Runtime, "after" | "log" | "now">;
}

export interface LoadedState {
  /** That of the last run, or a new one. */
  readonly memory: PoolMemory;
  /** Why that of the last run cannot be used, if there is one. */
  readonly unusable: string | undefined;
}

/** `now` in milliseconds since the epoch. */
export async function loadState(
  dir: string,
  now: number,
): Promise<LoadedState> {
  const found = await readFile(join(dir, STATE_FILE));
  if (found === undefined) {
    return { memory: newState(now), unusable: undefined };
  }
  const memory = "text" in found ? readState(found.text, now) : undefined;
  if (memory !== undefined) return { memory, unusable: undefined };
  const unusable = "text" in found
    ? "it is no state of this version"
    : found.reason;
  return { memory: newState(now), unusable };
}

type Found = { readonly text: string } | { readonly reason: string };

/** Undefined if there is none. */
async function readFile(path: string): Promise<Found | undefined> {
  try {
    const file = await readRegularFile(path, MAX_STATE_BYTES);
    switch (file.kind) {
      case "file":
        return { text: new TextDecoder().decode(file.bytes) };
      case "large":
        return { reason: `it is over ${MAX_STATE_BYTES} bytes long` };
      case "other":
        return { reason: whyNoFile(file.info) };
    }
  } catch (error) {
    return error instanceof Deno.errors.NotFound
      ? undefined
      : { reason: reasonOf(error) };
  }
}

export class StateKeeper {
  readonly #deps: StateDeps & { readonly registry: Registry };
  #saved: number;
  #failing = false;
  #cancel = () => {};
  #writing: Promise<unknown> = Promise.resolve();

  /** `unusable` as `loadState` tells it. */
  constructor(
    deps: StateDeps & { readonly registry: Registry },
    unusable?: string,
  ) {
    this.#deps = deps;
    if (unusable !== undefined) {
      deps.runtime.log.warn(
        "the saved state cannot be used; starting without it",
        { file: STATE_FILE, reason: unusable },
      );
    }
    this.#saved = deps.registry.changes;
    this.#wait();
  }

  /** Saves what has changed; false if the disk refuses. */
  save(): Promise<boolean> {
    const saved = this.#writing.then(() => this.#save());
    this.#writing = saved;
    return saved;
  }

  /** Saves for the last time. */
  async close(): Promise<void> {
    this.#cancel();
    await this.save();
    this.#cancel();
  }

  #wait(): void {
    this.#cancel = this.#deps.runtime.after(SAVE_STATE_MS, async () => {
      await this.save();
      this.#wait();
    });
  }

  async #save(): Promise<boolean> {
    const { dir, registry, runtime: { log, now } } = this.#deps;
    const { changes } = registry;
    if (changes === this.#saved) return true;
    const text = writeState(registry.state(), now());
    const path = join(dir, STATE_FILE);
    const written = await writeDurably(path, new TextEncoder().encode(text));
    if (written.ok) this.#saved = changes;
    else if (!this.#failing) {
      log.warn("the state cannot be saved", {
        file: STATE_FILE,
        reason: written.error,
      });
    }
    this.#failing = !written.ok;
    return written.ok;
  }
}
