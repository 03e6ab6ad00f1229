/**
 * The program under test as a child process, with a home of its own. Whatever
 * it does or does not do, it ends within a minute.
 */

export interface Program {
  /** The executable, then what it needs before its own arguments. */
  readonly command: readonly string[];
  /** A folder that is empty at the start. */
  readonly home: string;
}

export interface Running extends AsyncDisposable {
  /** The first match in what it printed: its first group, or all of it. */
  printed(pattern: RegExp): Promise<string>;
  /** Asks it to stop, and gives its exit code, which must be 0. */
  stop(): Promise<string>;
  /** Waits for its end; throws if the code is another. */
  ended(code: number): Promise<void>;
}

/** Longer than any start on a cold and busy machine. */
const LIMIT_MS = 60_000;

/** Those that a program needs to start at all; no proxy and no setting. */
const PASSED = /^(PATH|SYSTEMROOT|COMSPEC|PATHEXT|TMPDIR|TEMP|TMP|DENO_DIR)$/i;

export function start(program: Program, args: readonly string[]): Running {
  const [path = "", ...rest] = program.command;
  const child = new Deno.Command(path, {
    args: [...rest, ...args],
    clearEnv: true,
    env: environment(program.home),
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const limit = setTimeout(() => child.kill("SIGKILL"), LIMIT_MS);
  const output = collect([child.stdout, child.stderr]);
  let over = false;
  const status = child.status.then((status) => {
    over = true;
    clearTimeout(limit);
    return status;
  });
  const ended = async (code: number) => {
    const { code: actual, signal } = await status;
    if (actual === code) return;
    const how = signal ?? actual;
    throw new Error(`It ended with ${how}, not ${code}:\n${output.text()}`);
  };
  return {
    ended,
    printed: (pattern) => output.match(pattern),
    async stop() {
      // There is no signal that asks on Windows, only the one that ends.
      const asks = Deno.build.os !== "windows";
      child.kill(asks ? "SIGTERM" : "SIGKILL");
      if (!asks) await status;
      else await ended(0);
      return asks ? "0" : "force";
    },
    async [Symbol.asyncDispose]() {
      if (!over) child.kill("SIGKILL");
      await status;
      await output.closed;
    },
  };
}

function environment(home: string): Record<string, string> {
  const passed = Object.entries(Deno.env.toObject()).filter(([name]) =>
    PASSED.test(name)
  );
  return {
    ...Object.fromEntries(passed),
    HOME: home,
    USERPROFILE: home,
    NO_COLOR: "1",
  };
}

interface Output {
  readonly closed: Promise<unknown>;
  match(pattern: RegExp): Promise<string>;
  text(): string;
}

function collect(streams: readonly ReadableStream<Uint8Array>[]): Output {
  const waiting = new Set<() => void>();
  let text = "";
  let open = true;
  const wake = () => {
    for (const resume of [...waiting]) resume();
    waiting.clear();
  };
  const closed = Promise.all(streams.map(async (stream) => {
    for await (const part of stream.pipeThrough(new TextDecoderStream())) {
      text += part;
      wake();
    }
  })).finally(() => {
    open = false;
    wake();
  });
  return {
    closed,
    text: () => text,
    async match(pattern) {
      while (true) {
        const found = pattern.exec(text);
        if (found) return found[1] ?? found[0];
        if (!open) throw new Error(`It never printed ${pattern}:\n${text}`);
        await new Promise<void>((resume) => waiting.add(resume));
      }
    },
  };
}
