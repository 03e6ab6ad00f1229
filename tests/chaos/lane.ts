/**
 * One lane from start to end: an upstream, a gateway before it, callers, bad
 * weather, and what is left when all have gone.
 */
import { join } from "@std/path";
import { parseAccountFile } from "../../lib/accounts/file.ts";
import { seeded } from "../protocol/random.ts";
import { Clock, pause } from "./clock.ts";
import type { Figures } from "./figures.ts";
import type { Finding } from "./findings.ts";
import type { StreamVerdict } from "./judge_stream.ts";
import { LaneCallers } from "./lane_callers.ts";
import type { LaneKind } from "./lanes.ts";
import { MemoryWatch } from "./memory.ts";
import type { Options } from "./options.ts";
import { Program } from "./program.ts";
import { seedOf } from "./seeds.ts";
import { type Turn, TurnBook } from "./turn.ts";
import { Grants } from "./upstream/grants.ts";
import { Logins } from "./upstream/logins.ts";
import { ROOT, Upstream } from "./upstream/upstream.ts";
import { Weather } from "./weather.ts";

const QUIET_MS = 12_000;
/** Longer than any run, also by a fast clock. */
const CALM_MS = 400 * 3_600_000;
/** The grace period of `--shutdown-grace-period-seconds`, and what follows. */
const STOP_MS = 15_000;
/** Connections that the runtime keeps for a moment, timers and the like. */
const SPARE_DESCRIPTORS = 6;

export interface LaneOptions extends Options {
  readonly kind: LaneKind;
  readonly figures: Figures;
}

export async function runLane(options: LaneOptions): Promise<void> {
  const lane = await Lane.start(options);
  try {
    await lane.run();
  } finally {
    await lane[Symbol.asyncDispose]();
  }
}

class Lane implements AsyncDisposable {
  readonly #options: LaneOptions;
  readonly #clock: Clock;
  readonly #turns = new TurnBook();
  readonly #stack = new AsyncDisposableStack();
  readonly #logins: Logins;
  readonly #dir: string;
  readonly #calm: string;
  #memory = new MemoryWatch();
  #upstream: Upstream | undefined;
  #weather: Weather | undefined;
  #program: Program | undefined;
  /** When the gateway was last seen dead, and is up again. */
  #downUntil = 0;

  private constructor(options: LaneOptions, dir: string) {
    this.#options = options;
    this.#dir = dir;
    const { kind, seed } = options;
    const { accounts, scale, name } = kind;
    this.#calm = accounts.length > 1 ? accounts[0] ?? "" : "";
    this.#clock = new Clock(scale);
    const random = seeded(seedOf(seed, name, "lifetimes"));
    const longest = scale === 1 ? 60 : 900;
    this.#logins = new Logins({
      clock: this.#clock,
      names: accounts,
      lifetimeMs: () => 1000 * (12 + random.int(longest)),
      violation: (text) => this.#found({ kind: "login harmed", text }),
    });
  }

  static async start(options: LaneOptions): Promise<Lane> {
    const dir = await Deno.makeTempDir({ prefix: "codaze-chaos-" });
    const lane = new Lane(options, dir);
    lane.#stack.defer(() => Deno.remove(dir, { recursive: true }));
    for (const name of options.kind.accounts) await lane.#writeLogin(name);
    await lane.#startUpstream();
    await lane.#startProgram();
    return lane;
  }

  async run(): Promise<void> {
    const { seconds, kind, seed, from, callers: count } = this.#options;
    const callers = new LaneCallers({
      lane: kind.name,
      turns: this.#turns,
      port: () => this.#program?.publicPort ?? 0,
      judged: (turn, verdict) => this.#judged(turn, verdict),
      lost: async (finding, turn) => {
        await pause(300);
        if (!this.#wentDown(turn)) this.#found(finding, turn);
      },
      seed,
      from,
    });
    const started = Date.now();
    const until = started + seconds * 1000;
    const loops = (deadline: number) =>
      Array.from({ length: count ?? kind.callers }, async () => {
        while (Date.now() < deadline && this.#program) await callers.once();
      });
    await Promise.all(loops(Math.min(started + 1_500, until)));
    const rest = await this.#rest();
    const nurse = this.#nurse(until);
    const weather = this.#weather?.run(until);
    await Promise.all(loops(until));
    await Promise.all([nurse, weather]);
    await this.#end(rest);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#stack.disposeAsync();
  }

  async #startUpstream(): Promise<void> {
    const { kind, seed, figures } = this.#options;
    const { isSecure, proxy, scale, name } = kind;
    const count = (fault: string) => figures.fault(fault);
    const violation = (text: string) =>
      this.#found({ kind: "login harmed", text });
    const common = {
      clock: this.#clock,
      logins: this.#logins,
      isFast: scale > 1,
      calm: this.#calm,
      count,
    };
    const laneSeed = seedOf(seed, name);
    const trap = this.#stack.use(
      Deno.serve(
        { hostname: "127.0.0.1", port: 0, onListen() {} },
        () => {
          this.#found({ kind: "no answer", text: "a redirect was followed" });
          return new Response(null, { status: 500 });
        },
      ),
    );
    const upstream = await Upstream.start({
      ...common,
      shaken: (session, shaken) => this.#turns.shaken(session, shaken),
      turns: this.#turns,
      random: seeded(seedOf(laneSeed, "connections")),
      grants: new Grants({ ...common, seed: laneSeed, violation }),
      trap: `http://127.0.0.1:${trap.addr.port}/`,
      isSecure,
      proxy,
      violation: (text) => this.#found({ kind: "gateway", text }),
    });
    this.#upstream = this.#stack.use(upstream);
    this.#weather = new Weather(upstream, seeded(seedOf(laneSeed, "weather")));
  }

  async #startProgram(): Promise<void> {
    const { kind } = this.#options;
    const { front, proxy, origin } = this.#upstream ?? {};
    if (!front) return;
    const proxyUrl = kind.proxy === "connect"
      ? `http://127.0.0.1:${proxy?.port}`
      : `socks5h://127.0.0.1:${proxy?.port}`;
    const env: Record<string, string> = kind.isSecure
      ? { CODEX_CA_CERTIFICATE: ROOT }
      : {};
    if (proxy) env["ALL_PROXY"] = proxyUrl;
    const program = await Program.start({
      args: [
        "--listen=127.0.0.1:0",
        "--admin-listen=127.0.0.1:0",
        "--log-format=json",
        `--accounts-dir=${this.#dir}`,
        `--upstream=${origin}/backend-api/codex`,
        `--auth-issuer=${origin}`,
        "--routing-policy=round_robin",
      ],
      env,
      clock: this.#clock.settings,
      found: (finding) => this.#found(finding),
    });
    this.#program = program && this.#stack.use(program);
  }

  /** Replaces what has died: logins, and the gateway. */
  async #nurse(until: number): Promise<void> {
    for (let round = 1; Date.now() < until && this.#program; round++) {
      await pause(100);
      if (round % 10 === 0) this.#memory.add(this.#program.memory());
      if (this.#program.ended !== undefined) await this.#replaceProgram();
      for (const [name, login] of [...this.#logins.byName]) {
        if (!login.isDead) continue;
        this.#logins.signIn(name);
        await this.#writeLogin(name);
      }
      // Guesses of the gateway, which would leave nothing to be tried.
      if (round % 2 === 0) {
        await this.#program.ask("/admin/accounts/wake", {
          method: "POST",
          headers: { "content-type": "application/json" },
        });
      }
      if (round % 20 !== 0 || await this.#program.ask("/admin/status")) {
        continue;
      }
      await this.#replaceProgram();
    }
  }

  async #replaceProgram(): Promise<void> {
    const { ended, tail } = this.#program ?? {};
    const text = ended === undefined
      ? "answers no more"
      : `ended with ${ended}`;
    this.#found({ kind: "gateway", text: `${text}:\n${tail}` });
    await this.#program?.[Symbol.asyncDispose]();
    await this.#startProgram();
    this.#memory = new MemoryWatch();
    this.#downUntil = Date.now();
  }

  async #writeLogin(name: string): Promise<void> {
    const login = this.#logins.byName.get(name);
    if (!login) return;
    // Needs no refresh, which a cut connection could keep from it.
    const access = name === this.#calm
      ? { access_token: this.#logins.issue(login, undefined, CALM_MS) }
      : {};
    const text = JSON.stringify({
      refresh_token: login.refreshToken,
      ...access,
    });
    const path = join(this.#dir, `.${login.fileName}.new`);
    await Deno.writeTextFile(path, text);
    await Deno.rename(path, join(this.#dir, login.fileName));
  }

  /** Whether the turn went down with a gateway; that is told of the gateway. */
  #wentDown(turn: Turn): boolean {
    return this.#program?.ended !== undefined ||
      this.#downUntil >= turn.startedAt;
  }

  async #judged(turn: Turn, verdict: StreamVerdict): Promise<void> {
    const { figures } = this.#options;
    // Its death is known a moment later.
    if (verdict.findings.length > 0) await pause(300);
    if (this.#wentDown(turn)) return figures.turn("went down");
    for (const finding of verdict.findings) this.#found(finding, turn);
    for (const text of turn.problems) {
      const kind = text.startsWith("mixed") ? "mixed accounts" : "wrong bytes";
      this.#found({ kind, text }, turn);
    }
    const { end, hasContent } = verdict;
    const refused = end === "gateway" && !hasContent;
    figures.turn(refused ? "refused" : end ?? "odd");
    if (refused && this.#wasForNothing(turn, verdict.words ?? "")) {
      this.#found({
        kind: "failed for nothing",
        text: `${this.#calm} was not asked; ${verdict.words}`,
      }, turn);
    }
  }

  /**
   * Whether the calm account could have served: nobody said a word against the
   * request, and the network was there.
   */
  #wasForNothing(
    { attempts, shaken, startedAt }: Turn,
    words: string,
  ): boolean {
    const asked = [...shaken, ...attempts];
    if (this.#calm === "" || asked.length === 0) return false;
    // The client goes over to server-sent events at once.
    if (words === "handshake 426") return false;
    if (this.#weather?.wasBad(startedAt)) return false;
    if (this.#upstream?.hasCut(startedAt)) return false;
    // By a fast clock a handshake has a quarter of a second, and a pong half
    // of that: a busy machine may need more.
    const isFast = this.#options.kind.scale > 1;
    if (isFast && /upstream_unreachable|^closed with/.test(words)) return false;
    return asked.every(({ account, blame }) =>
      account !== this.#calm && blame !== "network" && blame !== "silence" &&
      blame !== "request"
    );
  }

  #found(finding: Finding, turn?: Turn): void {
    const { figures, seed, kind } = this.#options;
    const where = turn
      ? `--seed ${seed} --lane ${kind.name}, turn ${turn.id} (${turn.story()})`
      : `--seed ${seed} --lane ${kind.name}`;
    figures.found(finding, where);
  }

  /** Open files once nothing is going on. */
  async #rest(): Promise<number> {
    this.#upstream?.front.slam();
    this.#upstream?.proxy?.slam();
    await pause(300);
    return this.#program?.descriptors() ?? 0;
  }

  async #end(rest: number): Promise<void> {
    const { figures, kind } = this.#options;
    figures.granted += this.#logins.granted;
    figures.lostAnswers += this.#logins.lostAnswers;
    const program = this.#program;
    if (!program) return;
    const inFlight = await this.#quiet(program, rest);
    const grown = this.#memory.problem();
    if (grown !== undefined) {
      this.#found({ kind: "left over", text: `memory: ${grown}` });
    }
    const descriptors = program.descriptors();
    if (inFlight !== 0) {
      this.#found({ kind: "left over", text: `${inFlight} turns in flight` });
    }
    if (descriptors > rest + SPARE_DESCRIPTORS) {
      const text = `${rest} descriptors became ${descriptors}`;
      this.#found({ kind: "left over", text });
    }
    const stopMs = await program.stop(STOP_MS);
    if (stopMs === undefined) {
      this.#found({ kind: "gateway", text: `no stop:\n${program.tail}` });
    }
    await this.#checkLogins();
    figures.left({
      lane: kind.name,
      descriptors: [rest, descriptors],
      memory: [this.#memory.warm, this.#memory.end, this.#memory.peak],
      inFlight,
      stopMs,
    });
  }

  /** Turns in flight when nobody calls, once there is nothing or in the end. */
  async #quiet(program: Program, rest: number): Promise<number> {
    const until = Date.now() + QUIET_MS;
    while (true) {
      this.#upstream?.front.slam();
      this.#upstream?.proxy?.slam();
      const inFlight = await inFlightOf(program);
      const isQuiet = inFlight === 0 &&
        program.descriptors() <= rest + SPARE_DESCRIPTORS;
      if (isQuiet || Date.now() > until) return inFlight;
      await pause(300);
    }
  }

  /** The file of every living login holds the token that is next. */
  async #checkLogins(): Promise<void> {
    for (const login of this.#logins.byName.values()) {
      if (login.isDead) continue;
      const path = join(this.#dir, login.fileName);
      const bytes = await Deno.readFile(path).catch(() => new Uint8Array());
      const file = parseAccountFile(bytes);
      const held = file.ok ? file.value.refreshToken : undefined;
      if (held === login.refreshToken) continue;
      const spent = held === undefined ? undefined : login.spent.get(held);
      // The answer may have been lost: then nobody could have saved it.
      if (spent && !spent.isKnown) continue;
      const reason = file.ok ? "an older token" : file.error;
      const text = `the file of ${login.name} has ${reason}`;
      this.#found({ kind: "login harmed", text });
    }
  }
}

async function inFlightOf(program: Program): Promise<number> {
  const status = await program.ask("/admin/status");
  const accounts = await program.ask("/admin/accounts");
  const list = accounts?.["accounts"];
  if (!status || !Array.isArray(list)) return -1;
  const leases = list.reduce(
    (sum, one) => sum + Number(one.in_flight_requests),
    0,
  );
  const turns = status["turns"];
  const open = typeof turns === "object" && turns && "open" in turns
    ? Number(turns.open)
    : -1;
  return Math.max(leases, open);
}
