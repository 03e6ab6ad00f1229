/** Keys as a terminal sends them. Pure. */

/** A name from the list, or the character that was typed. */
export type Key = string;

/** Of the usual terminals, in both modes of their cursor keys. */
const SEQUENCES: ReadonlyArray<readonly [sequence: string, key: Key]> = [
  ["\x1b[A", "up"],
  ["\x1bOA", "up"],
  ["\x1b[B", "down"],
  ["\x1bOB", "down"],
  ["\x1b[5~", "page_up"],
  ["\x1b[6~", "page_down"],
  ["\x1b[H", "home"],
  ["\x1bOH", "home"],
  ["\x1b[1~", "home"],
  ["\x1b[F", "end"],
  ["\x1bOF", "end"],
  ["\x1b[4~", "end"],
  ["\x03", "interrupt"],
  ["\r", "enter"],
  ["\n", "enter"],
  ["\x7f", "backspace"],
  ["\b", "backspace"],
];

/** Other keys, such as F5 or Alt with a letter, which do nothing here. */
// deno-lint-ignore no-control-regex
const OTHER = /^\x1b(?:\[[0-?]*[ -/]*[@-~]|O.|[^[O])/;

/** What was read in one piece; a lone escape is the key Esc. */
export function keysIn(text: string): readonly Key[] {
  const keys: Key[] = [];
  let rest = text;
  while (rest !== "") {
    const known = SEQUENCES.find(([sequence]) => rest.startsWith(sequence));
    const other = known ? undefined : OTHER.exec(rest);
    const [first = ""] = rest;
    if (known) keys.push(known[1]);
    else if (other === undefined || other === null) {
      if (first === "\x1b") keys.push("escape");
      else if (first >= " ") keys.push(first);
    }
    rest = rest.slice((known?.[0] ?? other?.[0] ?? first).length);
  }
  return keys;
}
