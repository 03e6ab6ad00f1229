/**
 * Child processes of the benchmark: starts them, measures CPU and memory, and
 * ends them all.
 *
 * Linux only: figures come from /proc (proc(5)).
 */

export interface Child {
  readonly pid: number;
  /** Resolves with the exit code, also after `stop`. */
  readonly exited: Promise<number>;
  /** The last part of what it wrote to stderr. */
  lastWords(): string;
  stop(): Promise<void>;
}

export interface Memory {
  /** Resident KiB, including shared pages. */
  readonly rss: number;
  /** KiB that only this process holds. */
  readonly private: number;
}

const NANOSECONDS = 1e9;

const TAIL_CHARACTERS = 2_000;

const running = new Map<Deno.ChildProcess, () => string>();

/** Starts a program without the shell's proxies, which would take loopback. */
export function spawn(
  program: string,
  args: readonly string[],
  variables: Readonly<Record<string, string>> = {},
): { readonly child: Child; readonly stdout: ReadableStream<Uint8Array> } {
  const process = new Deno.Command(program, {
    args: [...args],
    clearEnv: true,
    env: { ...environment(), ...variables },
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const lastWords = keepTail(process.stderr);
  running.set(process, lastWords);
  const stop = async () => {
    kill(process);
    await process.status;
    running.delete(process);
  };
  const exited = process.status.then(({ code }) => code);
  const child = { pid: process.pid, exited, lastWords, stop };
  return { child, stdout: process.stdout };
}

/** Starts a program of Deno by the words that come before it, if any. */
export function spawnDeno(
  before: readonly string[],
  args: readonly string[],
  variables: Readonly<Record<string, string>> = {},
): ReturnType<typeof spawn> {
  const [program = "", ...words] = [...before, Deno.execPath(), ...args];
  return spawn(program, words, variables);
}

/** Ends every child at once; for signals and for the end of the run. */
export function stopAll(): void {
  for (const process of running.keys()) kill(process);
  running.clear();
}

/** The last words of all running children, for the report of a failure. */
export function lastWords(): string {
  return [...running.values()].map((words) => words()).join("");
}

/**
 * Starts to count the CPU time of a process, all threads, user and kernel. The
 * function tells the seconds since; a thread that ended meanwhile is missed.
 */
export function countCpu(pid: number): () => number {
  const before = threadTimes(pid);
  return () => {
    let used = 0;
    for (const [thread, time] of threadTimes(pid)) {
      used += time - (before.get(thread) ?? 0);
    }
    return used / NANOSECONDS;
  };
}

export function memory(pid: number): Memory {
  const text = Deno.readTextFileSync(`/proc/${pid}/smaps_rollup`);
  const kib = (name: string) =>
    Number(new RegExp(`^${name}: +(\\d+)`, "m").exec(text)?.[1] ?? NaN);
  return {
    rss: kib("Rss"),
    private: kib("Private_Clean") + kib("Private_Dirty"),
  };
}

/** The path of a program that is on PATH. */
export function onPath(program: string): string | undefined {
  const path = `${Deno.env.get("PATH") ?? ""}:/usr/sbin:/usr/local/sbin`;
  return path.split(":").map((folder) => `${folder}/${program}`).find(isFile);
}

/** Nanoseconds on a CPU, by thread: stat(5) has only steps of 10 ms. */
function threadTimes(pid: number): ReadonlyMap<string, number> {
  const times = new Map<string, number>();
  for (const { name } of Deno.readDirSync(`/proc/${pid}/task`)) {
    try {
      const path = `/proc/${pid}/task/${name}/schedstat`;
      times.set(name, Number(Deno.readTextFileSync(path).split(" ", 1)[0]));
    } catch {
      // The thread has ended since the folder was read.
    }
  }
  if (times.size > 0) return times;
  throw new Error(`No thread of process ${pid} has /proc/…/schedstat`);
}

/** Reads a pipe, so that it never fills, and keeps the last part. */
function keepTail(stream: ReadableStream<Uint8Array>): () => string {
  let tail = "";
  const decoder = new TextDecoder();
  stream.pipeTo(
    new WritableStream({
      write(bytes) {
        tail = (tail + decoder.decode(bytes)).slice(-TAIL_CHARACTERS);
      },
    }),
  ).catch(() => {});
  return () => tail;
}

export function isFile(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch {
    return false;
  }
}

function kill(process: Deno.ChildProcess): void {
  try {
    process.kill("SIGKILL");
  } catch {
    // It has ended already.
  }
}

function environment(): Record<string, string> {
  const kept = ["PATH", "HOME", "DENO_DIR", "TMPDIR", "LANG"];
  return Object.fromEntries(
    kept.flatMap((name) => {
      const value = Deno.env.get(name);
      return value === undefined ? [] : [[name, value]];
    }),
  );
}
