/**
 * Where the commands of one document are typed: a shell, the simulator in the
 * place of the two hosts, a gateway where a command wants one, and the person
 * who signs in.
 */
import { dirname, join } from "@std/path";
import { ensureDir } from "@std/fs";
import type { SimulatedAccount } from "../../../lib/simulator/accounts/account.ts";
import {
  type Simulator,
  startSimulator,
} from "../../../lib/simulator/simulator.ts";
import type { Running } from "../../e2e/support/child.ts";
import { codexFile } from "../../support/account_files.ts";
import { FILES } from "./handling.ts";
import { Shell } from "./shell.ts";

/** The ports that the documents name. */
const DOCUMENTED = [18039, 18040] as const;

export class Scene implements AsyncDisposable {
  readonly shell: Shell;
  readonly simulator: Simulator;
  readonly #ports: readonly number[];
  readonly #person: SimulatedAccount;
  #gateway: Running | undefined;

  private constructor(
    parts: {
      readonly shell: Shell;
      readonly simulator: Simulator;
      readonly ports: readonly number[];
      readonly person: SimulatedAccount;
    },
  ) {
    this.shell = parts.shell;
    this.simulator = parts.simulator;
    this.#ports = parts.ports;
    this.#person = parts.person;
  }

  static async open(document: string): Promise<Scene> {
    const simulator = await startSimulator({ websockets: true });
    const ports = choosePorts();
    const [listen, admin] = ports;
    const shell = await Shell.open({
      CODAZE_UPSTREAM: simulator.upstream,
      CODAZE_AUTH_ISSUER: simulator.issuer,
      ...ports === DOCUMENTED ? {} : {
        CODAZE_LISTEN: `127.0.0.1:${listen}`,
        CODAZE_ADMIN_LISTEN: `127.0.0.1:${admin}`,
      },
    });
    const person = await furnish(shell, { simulator, document });
    return new Scene({ shell, simulator, ports, person });
  }

  /** As printed, unless somebody else has the documented ports. */
  typed(text: string): string {
    return DOCUMENTED.reduce<string>(
      (typed, port, at) =>
        typed.replaceAll(`127.0.0.1:${port}`, `127.0.0.1:${this.#ports[at]}`),
      text,
    );
  }

  async startGateway(): Promise<void> {
    if (this.#gateway) return;
    this.#gateway = this.shell.start("codaze");
    await this.#gateway.complained("admin port");
  }

  /** A command that is a gateway itself wants the ports. */
  async stopGateway(): Promise<void> {
    this.#gateway?.signal("SIGINT");
    await this.#gateway?.ended;
    this.#gateway = undefined;
  }

  /** What a person does whom a command has asked to sign in. */
  async signIn(by: "browser" | "device", typed: Running): Promise<void> {
    this.simulator.signIn.approveAs(this.#person);
    if (by === "device") return;
    const printed = await typed.printed("redirect_uri=");
    const [address = ""] = /http\S+\/authorize\S+/.exec(printed) ?? [];
    const back = new URL(
      new URL(address).searchParams.get("redirect_uri") ?? "",
    );
    this.simulator.signIn.callbackPorts = [Number(back.port)];
    await (await fetch(address)).text();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stopGateway();
    await this.shell[Symbol.asyncDispose]();
    await this.simulator.close();
  }
}

/** The documented ones, or free ones: never those of somebody's gateway. */
function choosePorts(): readonly number[] {
  try {
    for (const port of DOCUMENTED) listening(port);
    return DOCUMENTED;
  } catch (error) {
    if (!(error instanceof Deno.errors.AddrInUse)) throw error;
    return DOCUMENTED.map(() => listening(0));
  }
}

function listening(port: number): number {
  using listener = Deno.listen({ hostname: "127.0.0.1", port });
  return listener.addr.port;
}

/** What a reader of the documents has; gives who signs in. */
async function furnish(
  { home, clone }: Shell,
  { simulator, document }: {
    readonly simulator: Simulator;
    readonly document: string;
  },
): Promise<SimulatedAccount> {
  const quota = { resetCredits: 1 };
  const add = (name: string) => simulator.addAccount({ name, quota });
  const ada = add("ada");
  const files: Record<string, string> = {
    [join(home, ".codaze/main.json")]: accountFile(ada, "main"),
    [join(home, "Downloads/auth.json")]: authJson(add("grace")),
    [join(home, ".codex/auth.json")]: authJson(add("linus")),
    [join(clone, "account.json")]: accountFile(add("second"), "second"),
  };
  for (const [name, text] of Object.entries(FILES.get(document) ?? {})) {
    files[join(home, name)] = text;
  }
  for (const [path, text] of Object.entries(files)) {
    await ensureDir(dirname(path), { mode: 0o700 });
    await Deno.writeTextFile(path, text, { mode: 0o600 });
  }
  return ada;
}

function accountFile(account: SimulatedAccount, label: string): string {
  const refresh_token = account.currentRefreshToken();
  return JSON.stringify({ refresh_token, label });
}

/** As Codex keeps a sign-in that names no workspace. */
function authJson(account: SimulatedAccount): string {
  return JSON.stringify(codexFile({
    refreshToken: account.currentRefreshToken(),
    accessToken: account.issueAccessToken(),
    accountId: undefined,
  }));
}
