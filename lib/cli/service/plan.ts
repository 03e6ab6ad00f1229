/**
 * What a service is made from, for either service manager.
 */
import type { Config } from "../../config/config.ts";
import { roomForBodies } from "../../downstream/body_budget.ts";
import { memoryLimitOf } from "../../server/port/self_watch.ts";
import type { Program } from "./program.ts";
import type { Variables } from "./task_command.ts";

/** What a person asks for. The same wish makes the same service. */
export interface Wish {
  /** Flags of the gateway, as `--name=value`. */
  readonly flags: readonly string[];
  /** Variables that may be seen by anyone. */
  readonly environment: Variables;
  /** Variables that may hold credentials. */
  readonly secrets: Variables;
  /** The executable, if it is not the running one. */
  readonly program: string | undefined;
  /**
   * `host:port` of proxies (without passwords) and files of certificates, from
   * `--env` and from the shell: the service manager may pass on the same ones.
   */
  readonly proxies: readonly string[];
  readonly roots: readonly string[];
}

/** Where a person's files are. */
export interface Places {
  readonly home: string;
  /** By default `.config` in the home folder. */
  readonly config: string;
}

export interface Plan {
  readonly wish: Wish;
  readonly places: Places;
  readonly program: Program;
  readonly accountsDir: string;
  /** Folders that links in `accountsDir`, or `accountsDir` itself, lead to. */
  readonly linked: readonly string[];
  /** `host:port` of both ports and of both hosts behind the gateway. */
  readonly hosts: readonly string[];
  /** The service manager kills a gateway that takes more memory. */
  readonly memoryBytes: number;
  /** How many seconds a gateway has to stop before it is killed. */
  readonly stopSeconds: number;
}

/** Folders made for the service: `dir` and those above it, `count` in all. */
export interface MadeFolders {
  readonly dir: string;
  readonly count: number;
}

/**
 * After the grace period the gateway still writes, and waits for a refresh
 * under way as long as the auth server may take.
 */
const LAST_WRITES_S = 45;

export function stopSecondsOf({ shutdownGraceMs }: Config): number {
  return shutdownGraceMs / 1000 + LAST_WRITES_S;
}

/** The gateway frees memory at its own limit, and needs room to do so. */
const BEYOND_LIMIT_BYTES = 512 * 1024 * 1024;

export function memoryBytesOf({ maxBodyBytes }: Config): number {
  return memoryLimitOf(roomForBodies(maxBodyBytes)) + BEYOND_LIMIT_BYTES;
}

/** All variables of the service except secrets. */
export function openVariables({ wish, program }: Plan): Variables {
  return { ...program.environment, ...wish.environment };
}
