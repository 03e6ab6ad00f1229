/** A lane's upstream, and the gateway that is started before it. */
import { seeded } from "../support/random.ts";
import { Clock } from "./clock.ts";
import type { Figures } from "./figures.ts";
import type { Finding } from "./findings.ts";
import type { LaneKind } from "./lanes.ts";
import { LoginFiles } from "./login_files.ts";
import { Program } from "./program.ts";
import { seedOf } from "./seeds.ts";
import { TurnBook } from "./turn.ts";
import { Grants } from "./upstream/grants.ts";
import { Logins } from "./upstream/logins.ts";
import { ROOT, Upstream } from "./upstream/upstream.ts";

export interface SceneOptions {
  readonly kind: LaneKind;
  readonly seed: number;
  readonly figures: Figures;
  readonly found: (finding: Finding) => void;
}

interface Parts {
  readonly clock: Clock;
  readonly logins: Logins;
  readonly files: LoginFiles;
  readonly upstream: Upstream;
}

export class Scene implements AsyncDisposable {
  readonly turns: TurnBook;
  readonly logins: Logins;
  readonly files: LoginFiles;
  readonly upstream: Upstream;
  readonly #options: SceneOptions;
  readonly #clock: Clock;
  readonly #stack: AsyncDisposableStack;

  private constructor(
    options: SceneOptions,
    parts: Parts,
    turns: TurnBook,
    stack: AsyncDisposableStack,
  ) {
    this.#options = options;
    this.#clock = parts.clock;
    this.logins = parts.logins;
    this.files = parts.files;
    this.upstream = parts.upstream;
    this.turns = turns;
    this.#stack = stack;
  }

  static async set(options: SceneOptions): Promise<Scene> {
    const stack = new AsyncDisposableStack();
    const turns = new TurnBook();
    const parts = await build(options, turns, stack);
    return new Scene(options, parts, turns, stack);
  }

  /** A gateway; undefined, and told, where it does not come up. */
  async startProgram(): Promise<Program | undefined> {
    const { kind, found } = this.#options;
    const { origin, proxy } = this.upstream;
    const scheme = kind.proxy === "connect" ? "http" : "socks5h";
    const program = await Program.start({
      args: [
        "--listen=127.0.0.1:0",
        "--admin-listen=127.0.0.1:0",
        "--log-format=json",
        `--accounts-dir=${this.files.dir}`,
        `--upstream=${origin}/backend-api/codex`,
        `--auth-issuer=${origin}`,
        "--routing-policy=round_robin",
      ],
      env: {
        ...kind.isSecure ? { CODEX_CA_CERTIFICATE: ROOT } : {},
        ...proxy ? { ALL_PROXY: `${scheme}://127.0.0.1:${proxy.port}` } : {},
      },
      clock: this.#clock.settings,
      found,
    });
    return program && this.#stack.use(program);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#stack.disposeAsync();
  }
}

/** The account that is never wronged, where there are others. */
export function calmOf({ accounts }: LaneKind): string {
  return accounts.length > 1 ? accounts[0] ?? "" : "";
}

async function build(
  { kind, seed, figures, found }: SceneOptions,
  turns: TurnBook,
  stack: AsyncDisposableStack,
): Promise<Parts> {
  const { accounts, scale, isSecure, proxy } = kind;
  const calm = calmOf(kind);
  const clock = new Clock(scale);
  const laneSeed = seedOf(seed, kind.name);
  const random = seeded(seedOf(laneSeed, "lifetimes"));
  const longest = scale === 1 ? 60 : 900;
  const harmed = (text: string) => found({ kind: "login harmed", text });
  const logins = new Logins({
    clock,
    names: accounts,
    lifetimeMs: () => 1000 * (12 + random.int(longest)),
    violation: harmed,
  });
  const files = stack.use(await LoginFiles.make(logins, calm));
  const count = (fault: string) => figures.fault(fault);
  const common = { clock, logins, isFast: scale > 1, calm, count };
  const upstream = await Upstream.start({
    ...common,
    turns,
    shaken: (session, shaken) => turns.shaken(session, shaken),
    random: seeded(seedOf(laneSeed, "connections")),
    grants: new Grants({ ...common, seed: laneSeed, violation: harmed }),
    trap: startTrap(found, stack),
    isSecure,
    proxy,
    violation: (text) => found({ kind: "gateway", text }),
  });
  return { clock, logins, files, upstream: stack.use(upstream) };
}

/** Where redirects lead; nobody may come. */
function startTrap(
  found: (finding: Finding) => void,
  stack: AsyncDisposableStack,
): string {
  const address = { hostname: "127.0.0.1", port: 0, onListen() {} };
  const server = Deno.serve(address, () => {
    found({ kind: "no answer", text: "a redirect was followed" });
    return new Response(null, { status: 500 });
  });
  stack.use(server);
  return `http://127.0.0.1:${server.addr.port}/`;
}
