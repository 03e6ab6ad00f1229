/**
 * The terminal while `codaze top` has it: the alternate screen, without a
 * cursor, keys one by one. Leaves it as it was, however the program ends.
 *
 * Only `kill -9` leaves it taken: docs/operations.md, "On a terminal". So that
 * little is left then, the mode is cbreak, in which Ctrl-C stays a signal, and
 * neither the mouse, nor wrapping, nor scrolling is changed.
 */

const ENTER = "\x1b[?1049h\x1b[?25l\x1b[2J";
const LEAVE = "\x1b[0m\x1b[?25h\x1b[?1049l";

export class Screen implements Disposable {
  #before: readonly string[] = [];
  #size = "";
  #isOpen = true;
  readonly #leave = () => this[Symbol.dispose]();

  /** Takes the terminal. */
  constructor() {
    // On Windows there is only the raw mode, in which Ctrl-C is a key.
    Deno.stdin.setRaw(true, { cbreak: Deno.build.os !== "windows" });
    for (const event of ENDS) globalThis.addEventListener(event, this.#leave);
    write(ENTER);
  }

  /** In columns and rows. */
  get size(): { readonly columns: number; readonly rows: number } {
    try {
      return Deno.consoleSize();
    } catch {
      // The terminal is gone; the signal that says so is on its way.
      return { columns: 80, rows: 24 };
    }
  }

  /** Writes the lines that differ from those before. */
  show(lines: readonly string[]): void {
    if (!this.#isOpen) return;
    const { columns, rows } = this.size;
    const size = `${columns} ${rows}`;
    const isNew = size !== this.#size;
    const text = changes(isNew ? [] : this.#before, lines);
    this.#size = size;
    this.#before = lines;
    if (isNew) write(`\x1b[2J${text}`);
    else if (text !== "") write(text);
  }

  [Symbol.dispose](): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    for (const event of ENDS) {
      globalThis.removeEventListener(event, this.#leave);
    }
    write(LEAVE);
    try {
      Deno.stdin.setRaw(false);
    } catch {
      // The terminal is gone.
    }
  }
}

/** The end of the program, also by a bug. */
const ENDS = ["unload", "error", "unhandledrejection"] as const;

/** What makes the lines of `before` on a screen those of `next`. Pure. */
export function changes(
  before: readonly string[],
  next: readonly string[],
): string {
  return next.map((text, at) =>
    text === (before[at] ?? "") ? "" : `\x1b[${at + 1};1H\x1b[2K${text}`
  ).join("");
}

function write(text: string): void {
  let bytes = new TextEncoder().encode(text);
  try {
    while (bytes.length > 0) {
      bytes = bytes.subarray(Deno.stdout.writeSync(bytes));
    }
  } catch {
    // Nobody sees it any more.
  }
}
