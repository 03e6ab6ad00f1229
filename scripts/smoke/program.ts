/**
 * The program under test as a child process with a separate home folder. It is
 * killed after a minute at the latest.
 */

export interface Program {
  /** The executable, then what it needs before its own arguments. */
  readonly command: readonly string[];
  /** The home folder, empty at the start. */
  readonly home: string;
}

export interface Running extends AsyncDisposable {
  /** Waits for output that matches. Returns the first group, or the match. */
  printed(pattern: RegExp): Promise<string>;
  /** Asks it to stop; throws unless it exits with 0. On Windows, kills it. */
  stop(): Promise<string>;
  /** Waits for its end; throws on any other exit code. */
  ended(code: number): Promise<void>;
}

/** Longer than any run, even on a cold and busy machine. */
const LIMIT_MS = 60_000;

/** The variables that a program needs to start; no proxies, no settings. */
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
      // Windows has no signal that asks a program to stop.
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
