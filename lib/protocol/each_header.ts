/**
 * Looks at every header of a message.
 *
 * `Headers.forEach` sorts and copies all lines first, which makes as much
 * garbage as the rest of reading a small request. So usual lines are read where
 * the runtime keeps them. That is an inside of the runtime (Deno 2.9.6); where
 * it is missing or looks different, `forEach` does the same.
 */

/** Longer lists are compared too slowly. */
const MAX_LINES = 64;

type Line = readonly [name: string, value: string];

/**
 * Calls `see` as `Headers.forEach` does, but in the order of the message unless
 * a name comes twice.
 */
export function eachHeader(
  headers: Headers,
  see: (value: string, name: string) => void,
): void {
  const lines = usualLines(linesIn(headers));
  if (lines === undefined) return headers.forEach(see);
  for (const [name, value] of lines) see(value, name);
}

/** Undefined if the runtime's inside is not what is known of it. */
const LINES = Object.getOwnPropertySymbols(new Headers())
  .find(({ description }) => description === "header list");

function linesIn(headers: Headers): unknown {
  if (LINES === undefined) return undefined;
  // Until it is asked, the runtime has not read those of a request.
  headers.has("host");
  return Reflect.get(headers, LINES);
}

/** With names in lower case; undefined if there is one that comes twice. */
export function usualLines(lines: unknown): readonly Line[] | undefined {
  if (!Array.isArray(lines) || lines.length > MAX_LINES) return undefined;
  const usual: Line[] = [];
  for (const line of lines) {
    if (!isLine(line)) return undefined;
    const name = line[0].toLowerCase();
    for (let before = 0; before < usual.length; before++) {
      if (usual[before]?.[0] === name) return undefined;
    }
    // Nearly all clients write them in lower case.
    usual.push(name === line[0] ? line : [name, line[1]]);
  }
  return usual;
}

function isLine(line: unknown): line is Line {
  return Array.isArray(line) && line.length === 2 &&
    typeof line[0] === "string" && typeof line[1] === "string";
}
