/** A real terminal, by tmux: types, and reads what is on the screen. */

/** Undefined if tmux is not installed: the tests are left out, and say so. */
export const TMUX = await tmuxVersion();

async function tmuxVersion(): Promise<string | undefined> {
  try {
    const { stdout } = await new Deno.Command("tmux", { args: ["-V"] })
      .output();
    return new TextDecoder().decode(stdout).trim();
  } catch {
    // deno-lint-ignore no-console
    console.error(
      "tmux is not on PATH: the tests of the terminal are left out",
    );
    return undefined;
  }
}

export interface TerminalOptions {
  readonly columns?: number;
  readonly rows?: number;
  readonly env?: Readonly<Record<string, string>>;
}

const STEP_MS = 50;
const DEADLINE_MS = 30_000;

export class Terminal implements AsyncDisposable {
  /** A server of its own, so that no other session is touched. */
  readonly #socket = `codaze-test-${crypto.randomUUID()}`;

  private constructor() {}

  /** Runs the words in a shell, which stays when they have ended. */
  static async open(
    words: readonly string[],
    { columns = 100, rows = 40, env = {} }: TerminalOptions = {},
  ): Promise<Terminal> {
    const terminal = new Terminal();
    const variables = Object.entries(env).flatMap(([name, value]) => [
      "-e",
      `${name}=${value}`,
    ]);
    await terminal.#tmux(
      ...["-f", "/dev/null", "new-session", "-d", "-s", "t"],
      ...["-x", String(columns), "-y", String(rows), ...variables],
      ...["env", "PS1=$ ", "sh"],
    );
    await terminal.type(words.map(quoted).join(" "));
    return terminal;
  }

  /** Types a line, with Enter. */
  async type(text: string): Promise<void> {
    await this.#tmux("send-keys", "-t", "t", "-l", text);
    await this.key("Enter");
  }

  /** As tmux names keys: `C-c`, `Down`, `q`. */
  async key(...names: readonly string[]): Promise<void> {
    await this.#tmux("send-keys", "-t", "t", ...names);
  }

  async resize(columns: number, rows: number): Promise<void> {
    await this.#tmux(
      ...["resize-window", "-t", "t"],
      ...["-x", String(columns), "-y", String(rows)],
    );
  }

  /** What is on the screen, and above it; wrapped lines are joined. */
  screen(): Promise<string> {
    return this.#tmux("capture-pane", "-p", "-J", "-S", "-", "-t", "t");
  }

  /** What is on the screen only, line by line as it is there. */
  visible(): Promise<string> {
    return this.#tmux("capture-pane", "-p", "-t", "t");
  }

  /** The same, with its colours as escape sequences. */
  coloured(): Promise<string> {
    return this.#tmux("capture-pane", "-p", "-e", "-t", "t");
  }

  /** Runs it outside of this terminal, to its end. */
  async aside(command: string): Promise<void> {
    await this.#tmux("run-shell", command);
  }

  /** A value that tmux knows of the pane: `cursor_flag`, `alternate_on`. */
  async value(name: string): Promise<string> {
    const text = await this.#tmux("display", "-p", "-t", "t", `#{${name}}`);
    return text.trim();
  }

  /** Waits until the screen has it; returns its first group. */
  async shows(pattern: RegExp): Promise<string> {
    for (let waited = 0; waited < DEADLINE_MS; waited += STEP_MS) {
      const found = pattern.exec(await this.screen());
      if (found) return found[1] ?? found[0];
      await new Promise((resolve) => setTimeout(resolve, STEP_MS));
    }
    throw new Error(`no ${pattern} on the screen:\n${await this.screen()}`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#tmux("kill-server").catch(() => {});
  }

  async #tmux(...args: readonly string[]): Promise<string> {
    const { code, stdout, stderr } = await new Deno.Command("tmux", {
      args: ["-L", this.#socket, ...args],
      env: { LC_ALL: "C.UTF-8", TMUX: "" },
    }).output();
    const decoder = new TextDecoder();
    if (code !== 0) throw new Error(decoder.decode(stderr));
    return decoder.decode(stdout);
  }
}

function quoted(word: string): string {
  return `'${word.replaceAll("'", `'\\''`)}'`;
}
