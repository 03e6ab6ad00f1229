/**
 * What a service is made from, whichever service manager will run it.
 */
import type { Config } from "../../config.ts";
import type { Program } from "./program.ts";

export type Variables = Readonly<Record<string, string>>;

/** What a person asks for: the same wish makes the same service. */
export interface Wish {
  /** Of the gateway, as `--name=value`. */
  readonly flags: readonly string[];
  /** Variables that anybody may read. */
  readonly environment: Variables;
  /** Variables that may hold credentials. */
  readonly secrets: Variables;
  /** The executable, if it is not the one that is running. */
  readonly program: string | undefined;
}

/** Where the files of a person are. */
export interface Places {
  readonly home: string;
  /** By default `.config` in it. */
  readonly config: string;
}

export interface Plan {
  readonly wish: Wish;
  readonly places: Places;
  readonly program: Program;
  readonly accountsDir: string;
  /** Folders outside `accountsDir` that its links lead to. */
  readonly linked: readonly string[];
  /** Seconds until a gateway that was told to stop is killed. */
  readonly stopSeconds: number;
}

/** Folders that were made for the service: `dir` and those above, in all. */
export interface MadeFolders {
  readonly dir: string;
  readonly count: number;
}

/** A gateway's last writes come after the grace period of its turns. */
const LAST_WRITES_S = 10;

export function stopSecondsOf({ shutdownGraceMs }: Config): number {
  return shutdownGraceMs / 1000 + LAST_WRITES_S;
}

/** All variables of the service but the secret ones. */
export function openVariables({ wish, program }: Plan): Variables {
  return { ...program.environment, ...wish.environment };
}
