/**
 * Names of tools that are longer than upstream takes, made short on the way up
 * and long again in the answer.
 *
 * The same list of tools always gives the same short names, so that the prompt
 * cache holds.
 */
import { node } from "../../std/node.ts";
import { MAX_TOOL_NAME_CHARS } from "../../limits.ts";

const HASH_CHARS = 7;
const HASH_SPACE = 36 ** HASH_CHARS;

export class ToolNames {
  /** Names as they go up that are in use. */
  readonly #taken = new Set<string>();
  readonly #shortOf = new Map<string, string>();
  readonly #longOf = new Map<string, string>();

  /** `names`: those of the request's tools, in order. */
  constructor(names: Iterable<string>) {
    const all = [...names];
    for (const name of all) {
      if (name.length <= MAX_TOOL_NAME_CHARS) this.#taken.add(name);
    }
    for (const name of all) this.short(name);
  }

  /** By short name, the long one to undo it. */
  get shortened(): ReadonlyMap<string, string> {
    return this.#longOf;
  }

  /** The name as upstream gets it. */
  short(name: string): string {
    if (name.length <= MAX_TOOL_NAME_CHARS) return name;
    const known = this.#shortOf.get(name);
    if (known !== undefined) return known;
    let short = shortName(name, 0);
    for (let salt = 1; this.#taken.has(short); salt++) {
      short = shortName(name, salt);
    }
    this.#taken.add(short);
    this.#shortOf.set(name, short);
    this.#longOf.set(short, name);
    return short;
  }
}

function shortName(name: string, salt: number): string {
  const salted = salt === 0 ? name : `${name} ${salt}`;
  const digest = node().crypto.createHash("sha256").update(salted).digest();
  const hash = (digest.readUIntBE(0, 6) % HASH_SPACE).toString(36);
  const kept = name.slice(0, MAX_TOOL_NAME_CHARS - 1 - HASH_CHARS)
    .toWellFormed();
  return `${kept}_${hash.padStart(HASH_CHARS, "0")}`;
}
