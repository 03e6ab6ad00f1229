/**
 * Door to the modules of Node that a start does without: the first of them
 * loads Node's layer, which takes 20 ms and 5 MiB.
 *
 * `node:net`, `node:tls` and `node:http` need no door: the files that use them
 * are themselves loaded when they are needed.
 */
import type * as Crypto from "node:crypto";
import type * as Zlib from "node:zlib";

export interface NodeModules {
  readonly crypto: typeof Crypto;
  readonly zlib: typeof Zlib;
}

let loaded: NodeModules | undefined;

/** Whether they are there, so that no use of them costs anything. */
export function isNodeLoaded(): boolean {
  return loaded !== undefined;
}

/** Loads them ahead of use, in half the time that `node` takes for it. */
export async function loadNode(): Promise<void> {
  const [crypto, zlib] = await Promise.all([
    import("node:crypto"),
    import("node:zlib"),
  ]);
  loaded ??= { crypto, zlib };
}

/** The modules; loads them if nobody has yet. */
export function node(): NodeModules {
  return loaded ??= {
    crypto: builtin("node:crypto"),
    zlib: builtin("node:zlib"),
  };
}

function builtin<Name extends "node:crypto" | "node:zlib">(name: Name) {
  return globalThis.process.getBuiltinModule(name);
}
