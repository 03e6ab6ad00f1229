/**
 * `codaze top`: what the gateway does, on the screen of a terminal, as it
 * happens. Where there is none that can move its cursor, it prints it once.
 */
import { splitOptions } from "../../config/options.ts";
import type { Config } from "../../config/config.ts";
import type { Runtime } from "../../runtime.ts";
import { type Gateway, requireGateway } from "../pool/gateway.ts";
import { gatewayPool } from "../pool/pool_gateway.ts";
import { grantedEnv, prepareCommand } from "../process/environment.ts";
import { fail, failUsage, print } from "../terminal/output.ts";
import { Follower } from "../watch/follow.ts";
import { askView } from "../watch/ask_view.ts";
import type { Shown } from "../watch/shown.ts";
import { frame, type FrameSize } from "./frame.ts";
import { keysIn } from "./keys.ts";
import { lineText } from "./line.ts";
import { Screen } from "./screen.ts";
import { pressed, START, type TopState, type Wish } from "./state.ts";

export async function top(args: readonly string[]): Promise<number> {
  const options = splitOptions(args, {});
  if (!options.ok) return failUsage(options.error);
  const context = await prepareCommand(options.value.rest);
  if (!context.ok) return failUsage(context.error);
  const { config, runtime } = context.value;
  const gateway = await requireGateway(config, runtime);
  if (!gateway.ok) return fail(gateway.error);
  const isScreen = Deno.stdin.isTerminal() && Deno.stdout.isTerminal() &&
    grantedEnv("TERM") !== "dumb";
  return isScreen
    ? await new Top(config, runtime).run()
    : await once(gateway.value);
}

/** The lines of the tables and around them, if nothing is left out. */
const AROUND = 10;
const ONCE_TURNS = 10;
const USUAL_COLUMNS = 100;

async function once(gateway: Gateway): Promise<number> {
  const asked = await askView(gateway);
  if (!asked.ok) return fail(asked.error);
  const shown = asked.value;
  const columns = Deno.stdout.isTerminal()
    ? Deno.consoleSize().columns
    : USUAL_COLUMNS;
  const rows = shown.accounts.length + shown.turnsOpen + ONCE_TURNS + AROUND;
  const size = { columns, rows, now: shown.now, isStill: true };
  const lines = frame({ ...START, shown }, size).slice(0, -1)
    .map((line) => lineText(line, { columns, colours: false }));
  print(lines.join("\n").trimEnd());
  return 0;
}

/** Often enough for seconds that count up. */
const TICK_MS = 1000;

/** 128 and the number of the signal, by convention; one who leaves gets 0. */
const SIGNALS: ReadonlyMap<Deno.Signal, number> = new Map(
  Deno.build.os === "windows" ? [["SIGINT", 0], ["SIGBREAK", 0]] : [
    ["SIGINT", 0],
    ["SIGHUP", 129],
    ["SIGQUIT", 131],
    ["SIGTERM", 143],
  ],
);

class Top {
  readonly #config: Config;
  readonly #runtime: Runtime;
  readonly #ended = Promise.withResolvers<number>();
  #state: TopState = START;
  /** How far the gateway's clock is ahead, in ms. */
  #ahead = 0;
  /** When the connection was lost; undefined: there is one. */
  #stoodAt: number | undefined;
  #screen: Screen | undefined;
  #follower: Follower | undefined;
  #cancelTick = () => {};

  constructor(config: Config, runtime: Runtime) {
    this.#config = config;
    this.#runtime = runtime;
  }

  /** Returns the exit code. */
  async run(): Promise<number> {
    for (const [signal, code] of SIGNALS) {
      Deno.addSignalListener(signal, () => this.#ended.resolve(code));
    }
    using screen = new Screen();
    this.#screen = screen;
    if (Deno.build.os !== "windows") {
      Deno.addSignalListener("SIGWINCH", () => this.#draw());
      // Stopped by Ctrl-Z, it would leave the shell with this screen.
      Deno.addSignalListener("SIGTSTP", () => {});
    }
    this.#follower = new Follower(this.#config, this.#runtime, {
      shown: (shown) => this.#take(shown),
      lost: (lost) => {
        // What is old does not grow older.
        this.#stoodAt ??= this.#now;
        this.#change({ lost });
      },
    });
    void this.#readKeys();
    this.#tick();
    try {
      return await this.#ended.promise;
    } finally {
      this.#cancelTick();
      this.#follower.stop();
    }
  }

  /** By the gateway's clock. */
  get #now(): number {
    return this.#runtime.now() + this.#ahead;
  }

  #take(shown: Shown): void {
    this.#ahead = shown.now - this.#runtime.now();
    this.#stoodAt = undefined;
    this.#change({ shown, lost: undefined });
  }

  #change(changes: Partial<TopState>): void {
    this.#state = { ...this.#state, ...changes };
    this.#draw();
  }

  #tick(): void {
    this.#draw();
    this.#cancelTick = this.#runtime.after(TICK_MS, () => this.#tick());
  }

  #draw(): void {
    const screen = this.#screen;
    if (screen === undefined) return;
    screen.show(this.#lines(screen.size));
  }

  #lines({ columns, rows }: FrameSize): readonly string[] {
    const now = this.#stoodAt ?? this.#now;
    const colours = !Deno.noColor;
    return frame(this.#state, { columns, rows, now })
      .map((line) => lineText(line, { columns, colours }));
  }

  async #readKeys(): Promise<void> {
    const decoder = new TextDecoder();
    const bytes = new Uint8Array(1024);
    while (true) {
      const size = await Deno.stdin.read(bytes).catch(() => null);
      // The terminal is gone.
      if (size === null) return this.#ended.resolve(0);
      const text = decoder.decode(bytes.subarray(0, size), { stream: true });
      for (const key of keysIn(text)) this.#press(key);
    }
  }

  #press(key: string): void {
    const { state, wish } = pressed(this.#state, key);
    this.#change(state);
    if (wish !== undefined) void this.#grant(wish);
  }

  async #grant(wish: Wish): Promise<void> {
    if (wish.kind === "quit") return this.#ended.resolve(0);
    const gateway = this.#follower?.gateway;
    if (gateway === undefined) return this.#change({ note: "Not connected." });
    const note = await steered(gateway, wish);
    this.#change({ note });
  }
}

/** Returns what to tell the person. */
async function steered(
  gateway: Gateway,
  { kind, account: { id, name, paused } }: Exclude<Wish, { kind: "quit" }>,
): Promise<string> {
  const pool = gatewayPool(gateway);
  if (kind === "pause") {
    const done = await pool.set(id, { paused: !paused });
    if (!done.ok) return done.error;
    return paused
      ? `${name} serves again.`
      : `${name} is paused: it gets no new turns. p resumes it.`;
  }
  const done = await pool.wake(id);
  if (!done.ok) return done.error;
  return done.value.disposition === "woken"
    ? `${name} is awake: it may serve again.`
    : `${name} is signed out: codaze login`;
}
