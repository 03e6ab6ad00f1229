/**
 * `codaze`, numbering what a turn, or its start, does to the disk and to the
 * token endpoint, and killing itself (SIGKILL) at one of these steps. Needs
 * `deno run -A`.
 *
 * Wraps the runtime's own functions before the program is loaded; the program
 * knows nothing of it. What belongs to the turn is told from other work, such
 * as a scan of the folder, by the asynchronous context it runs in.
 */
import { AsyncLocalStorage } from "node:async_hooks";

/** What the first argument says, as JSON. The rest is for `codaze`. */
export interface KillPlan {
  /** Folder whose files count; must be a real path. */
  readonly root: string;
  /** Whose steps count: those of a turn, or those until a port is open. */
  readonly phase: "turn" | "start";
  /** Undefined: each step is printed, as `step NAME`, and none kills. */
  readonly kill?: KillAt;
}

export interface KillAt {
  /** Number of the step, from 0. */
  readonly step: number;
  /** What it must be called, so that no other step is taken for it. */
  readonly name: string;
  /** `half`: half of a write is done first. */
  readonly part: "before" | "half";
}

type Call = (...args: unknown[]) => unknown;
type Around = (call: Call, args: unknown[], self: unknown) => unknown;

const [planText = "", ...args] = Deno.args;
const plan: KillPlan = JSON.parse(planText);
const turn = new AsyncLocalStorage<true>();
/** Short names of the files that were opened by steps that count. */
const opened = new WeakMap<object, string>();
let steps = 0;
let serving = false;

const PATH_CALLS =
  "chmod copyFile create link lstat makeTempFile mkdir readDir readFile readLink readTextFile realPath remove rename stat symlink truncate utime writeFile writeTextFile"
    .split(" ");
const FILE_CALLS =
  "close lock read seek stat sync syncData truncate tryLock unlock utime"
    .split(" ");

watchTurns();
watchPaths();
watchFiles();
watchGrants();
const { run } = await import("../../lib/cli/run.ts");
Deno.exit(await run(args));

function watchTurns(): void {
  wrap(Deno, "serve", (call, args) => {
    serving = true;
    return call(...args.map(inContext));
  });
}

/** A handler runs the turns in a context of their own. */
function inContext(handler: unknown): unknown {
  if (typeof handler !== "function") return handler;
  return (request: Request, info: unknown) => {
    const handle = () => Reflect.apply(handler, undefined, [request, info]);
    const isTurn = new URL(request.url).pathname === "/v1/responses";
    return isTurn ? turn.run(true, handle) : handle();
  };
}

function watchPaths(): void {
  for (const name of withSync(Deno, PATH_CALLS)) {
    wrap(Deno, name, (call, args) => {
      const paths = args.map(shortPath).filter((path) => path !== undefined);
      if (paths.length > 0) step(`${name} ${paths.join(" to ")}`);
      return call(...args);
    });
  }
  for (const name of ["open", "openSync"]) {
    wrap(Deno, name, (call, args) => {
      const short = shortPath(args[0]);
      if (short === undefined) return call(...args);
      step(`open ${short}`);
      const file = call(...args);
      if (!(file instanceof Promise)) return remember(file, short);
      return file.then((file) => remember(file, short));
    });
  }
}

function remember(file: unknown, short: string): unknown {
  if (counts() && file instanceof Deno.FsFile) opened.set(file, short);
  return file;
}

function watchFiles(): void {
  const files = Deno.FsFile.prototype;
  for (const name of [...withSync(files, FILE_CALLS), Symbol.dispose]) {
    wrap(files, name, (call, args, self) => {
      const short = nameOf(self);
      const shown = typeof name === "symbol" ? "close" : name;
      if (short !== undefined) step(`${shown} ${short}`);
      return call(...args);
    });
  }
  for (const name of ["write", "writeSync"]) {
    const writeSync = files.writeSync;
    wrap(files, name, (call, args, self) => {
      const short = nameOf(self);
      const [bytes] = args;
      if (short !== undefined && bytes instanceof Uint8Array) {
        step(`write ${short}`, () => {
          const half = bytes.subarray(0, bytes.byteLength >> 1);
          Reflect.apply(writeSync, self, [half]);
        });
      }
      return call(...args);
    });
  }
}

function watchGrants(): void {
  wrap(globalThis, "fetch", async (call, args) => {
    const [target] = args;
    const isGrant = target instanceof URL &&
      target.pathname === "/oauth/token";
    if (!isGrant) return await call(...args);

    step("send grant");
    const response = await call(...args);
    step("take head of grant");
    if (!(response instanceof Response)) throw new Error("no response");
    const body = await response.arrayBuffer();
    step("take body of grant");
    return new Response(body, response);
  });
}

function counts(): boolean {
  return plan.phase === "start" ? !serving : turn.getStore() !== undefined;
}

function step(name: string, half: () => void = () => {}): void {
  if (!counts()) return;
  const number = steps++;
  const { kill } = plan;
  if (kill === undefined) {
    Deno.stdout.writeSync(new TextEncoder().encode(`step ${name}\n`));
    return;
  }
  if (number !== kill.step) return;
  if (name !== kill.name) {
    // deno-lint-ignore no-console
    console.error(`step ${number} is "${name}", not "${kill.name}"`);
    Deno.exit(3);
  }
  if (kill.part === "half") half();
  Deno.kill(Deno.pid, "SIGKILL");
}

/**
 * `accounts/.codaze-refresh/#`; undefined for what is not below the root. What
 * is random in a temporary name has 16 digits, less if it begins with zeros.
 */
function shortPath(path: unknown): string | undefined {
  const text = path instanceof URL ? path.pathname : path;
  if (typeof text === "object" && text !== null && "dir" in text) {
    return shortPath(text.dir);
  }
  if (typeof text !== "string" || !text.startsWith(plan.root)) return undefined;
  return text.slice(plan.root.length + 1)
    .replace(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, "#")
    .replace(/[0-9a-f]{11,}/g, "#");
}

function nameOf(file: unknown): string | undefined {
  return file instanceof Deno.FsFile ? opened.get(file) : undefined;
}

function withSync(holder: object, names: readonly string[]): string[] {
  return names.flatMap((name) => [name, `${name}Sync`])
    .filter((name) => name in holder);
}

function wrap(holder: object, name: string | symbol, around: Around): void {
  const original: unknown = Reflect.get(holder, name);
  if (typeof original !== "function") throw new Error(String(name));
  Reflect.set(holder, name, function (this: unknown, ...args: unknown[]) {
    return around(
      (...given) => Reflect.apply(original, this, given),
      args,
      this,
    );
  });
}
