/**
 * Runs another program to its end, with no input, nothing of our environment
 * but `PATH`, and a time after which it is killed.
 *
 * A program that has to be killed has failed its test: `killed` says so.
 */

export interface Command {
  readonly program: string;
  readonly args: readonly string[];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  readonly timeoutMs: number;
}

export interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
  readonly killed: boolean;
  readonly ms: number;
}

/** A program under way. */
export interface Running {
  readonly ended: Promise<Ended>;
  /** Resolves with what it has printed so far, once that contains `text`. */
  readonly printed: (text: string) => Promise<string>;
  /** The same for standard error. */
  readonly complained: (text: string) => Promise<string>;
  /** Nothing, if it has ended. */
  readonly signal: (signal: Deno.Signal) => void;
}

export function run(command: Command): Promise<Ended> {
  return start(command).ended;
}

export function start(command: Command): Running {
  const startedAt = performance.now();
  const child = new Deno.Command(command.program, {
    args: [...command.args],
    cwd: command.cwd,
    env: { PATH: Deno.env.get("PATH") ?? "", ...command.env },
    clearEnv: true,
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const stdout = new Output(child.stdout);
  const stderr = new Output(child.stderr);
  let killed = false;
  let over = false;
  const timer = setTimeout(() => {
    killed = true;
    child.kill("SIGKILL");
  }, command.timeoutMs);

  const ended = child.status.then(async ({ code }) => {
    clearTimeout(timer);
    over = true;
    const ms = Math.round(performance.now() - startedAt);
    await Promise.all([stdout.finish(), stderr.finish()]);
    return { code, stdout: stdout.text, stderr: stderr.text, killed, ms };
  });
  return {
    ended,
    printed: (text) => stdout.until(text),
    complained: (text) => stderr.until(text),
    signal: (signal) => {
      if (!over) child.kill(signal);
    },
  };
}

/** How long what a program left behind may hold its output open. */
const LINGER_MS = 1000;

/** What a program has printed. */
class Output {
  text = "";
  readonly #reader: ReadableStreamDefaultReader<string>;
  readonly #over: Promise<void>;
  #changed = Promise.withResolvers<void>();
  #done = false;

  constructor(stream: ReadableStream<Uint8Array<ArrayBuffer>>) {
    this.#reader = stream.pipeThrough(new TextDecoderStream()).getReader();
    this.#over = this.#collect();
  }

  async #collect(): Promise<void> {
    while (true) {
      const { done, value = "" } = await this.#reader.read();
      this.text += value;
      this.#done = done;
      this.#changed.resolve();
      if (done) return;
      this.#changed = Promise.withResolvers();
    }
  }

  async until(wanted: string): Promise<string> {
    while (!this.text.includes(wanted)) {
      if (this.#done) {
        throw new Error(`never printed "${wanted}":\n${this.text}`);
      }
      await this.#changed.promise;
    }
    return this.text;
  }

  /** Reads to the end, unless a grandchild keeps it from coming. */
  async finish(): Promise<void> {
    const timer = setTimeout(() => void this.#reader.cancel(), LINGER_MS);
    await this.#over;
    clearTimeout(timer);
  }
}
