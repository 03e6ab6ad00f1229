/**
 * What a service is made from, whichever service manager will run it.
 */
import type { Config } from "../../config.ts";
import { roomForBodies } from "../../downstream/body_budget.ts";
import { memoryLimitOf } from "../../server/self_watch.ts";
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
  /**
   * `host:port` of proxies, without a password, and files of certificates: of
   * the variables, and of the shell, whose own the service may have inherited.
   */
  readonly proxies: readonly string[];
  readonly roots: readonly string[];
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
  /** Where the folder really is, if elsewhere, and what its links lead to. */
  readonly linked: readonly string[];
  /** `host:port`, of both ports and of what is behind the gateway. */
  readonly hosts: readonly string[];
  /** Bytes beyond which it is ended: it cannot help itself any more. */
  readonly memoryBytes: number;
  /** Seconds until a gateway that was told to stop is killed. */
  readonly stopSeconds: number;
}

/** Folders that were made for the service: `dir` and those above, in all. */
export interface MadeFolders {
  readonly dir: string;
  readonly count: number;
}

/**
 * A gateway's last writes come after the grace period of its turns, and a
 * refresh that is under way then may take as long as the auth server does.
 */
const LAST_WRITES_S = 45;

export function stopSecondsOf({ shutdownGraceMs }: Config): number {
  return shutdownGraceMs / 1000 + LAST_WRITES_S;
}

/** The gateway helps itself where it can, and that is given time to show. */
const BEYOND_LIMIT_BYTES = 512 * 1024 * 1024;

export function memoryBytesOf({ maxBodyBytes }: Config): number {
  return memoryLimitOf(roomForBodies(maxBodyBytes)) + BEYOND_LIMIT_BYTES;
}

/** All variables of the service but the secret ones. */
export function openVariables({ wish, program }: Plan): Variables {
  return { ...program.environment, ...wish.environment };
}
