/**
 * Accounts on a disk that is about to fail, the upstream they belong to, and
 * the program as a process of its own, stopped by permissions like anybody.
 */
import { join } from "@std/path";
import { RUNNING_FOLDER } from "../../lib/accounts/sync/running.ts";
import { JOURNAL_FOLDER } from "../../lib/accounts/refresh/journal.ts";
import { isSpentName } from "../../lib/accounts/refresh/spent.ts";
import type { SimulatedAccount } from "../../lib/simulator/accounts/account.ts";
import {
  type Simulator,
  startSimulator,
} from "../../lib/simulator/simulator.ts";
import { cleanEnvironment, Codaze, flagsOf } from "../support/codaze.ts";
import { grants } from "../support/grants.ts";
import {
  mountDisk,
  NO_POWERS,
  type TmpfsOptions,
  unmountAll,
} from "./mounts.ts";
import { Running } from "./running.ts";

const ROOT = new URL("../../", import.meta.url);

export interface LaunchOptions {
  /** A program, with arguments, that runs ours. */
  readonly under?: readonly string[];
  /** Instead of main.ts. */
  readonly main?: readonly string[];
}

export class Scene implements AsyncDisposable {
  readonly simulator: Simulator;
  readonly root: string;
  /** Where the disk is mounted. */
  readonly disk: string;
  /** The accounts dir, a folder on the disk. */
  readonly dir: string;

  private constructor(simulator: Simulator, root: string) {
    this.simulator = simulator;
    this.root = root;
    this.disk = join(root, "disk");
    this.dir = join(this.disk, "accounts");
  }

  static async set(options: TmpfsOptions = {}): Promise<Scene> {
    const made = await Deno.makeTempDir({ prefix: "codaze-disk-" });
    const root = await Deno.realPath(made);
    const scene = new Scene(await startSimulator(), root);
    mountDisk(scene.disk, options);
    Deno.mkdirSync(scene.dir, { mode: 0o700 });
    return scene;
  }

  /** An account with a file of its own; `warm`: its access token is good. */
  add(
    name: string,
    { warm = false } = {},
  ): SimulatedAccount {
    const account = this.simulator.addAccount({ name });
    const file = {
      note: { kept: [1, true, null] },
      refresh_token: account.currentRefreshToken(),
      access_token: warm ? account.issueAccessToken() : undefined,
    };
    const path = join(this.dir, `${name}.json`);
    Deno.writeTextFileSync(path, JSON.stringify(file), { mode: 0o600 });
    return account;
  }

  /** One more disk, mounted in the scene's own folder. */
  otherDisk(name: string, options: TmpfsOptions = {}): string {
    const path = join(this.root, name);
    mountDisk(path, options);
    return path;
  }

  /** Starts the program on the folder, and waits for its ports. */
  async start(options: LaunchOptions = {}): Promise<Running> {
    const codaze = this.launch(options);
    const base = await codaze.printed(/public port +(\S+)/);
    const page = await codaze.printed(/admin port +(\S+)/);
    return new Running(codaze, base, `${page}admin/accounts`);
  }

  launch({ under = [], main = ["main.ts"] }: LaunchOptions = {}): Codaze {
    return new Codaze(
      new Deno.Command("setpriv", {
        args: [
          ...NO_POWERS,
          ...under,
          "deno",
          "run",
          ...flagsOf("start"),
          ...main,
          "--listen=127.0.0.1:0",
          "--admin-listen=127.0.0.1:0",
          `--accounts-dir=${this.dir}`,
          `--upstream=${this.simulator.upstream}`,
          `--auth-issuer=${this.simulator.issuer}`,
          "--routing-policy=fill_first",
          "--affinity=none",
        ],
        cwd: ROOT,
        clearEnv: true,
        env: cleanEnvironment(),
        stdin: "null",
        stdout: "piped",
        stderr: "piped",
      }).spawn(),
    );
  }

  /** How often the token endpoint was asked. */
  grants(): number {
    return grants(this);
  }

  /** The refresh token in an account's file. */
  fileToken(name: string): unknown {
    return this.#fields(name)["refresh_token"];
  }

  /** What somebody else has put into the file. */
  fileNote(name: string): unknown {
    return this.#fields(name)["note"];
  }

  #fields(name: string): Record<string, unknown> {
    const path = join(this.dir, `${name}.json`);
    return JSON.parse(Deno.readTextFileSync(path));
  }

  /** What is in the side files of refreshes. */
  sideFiles(folder = this.dir): readonly string[] {
    const journal = join(folder, JOURNAL_FOLDER);
    try {
      return [...Deno.readDirSync(journal)]
        .filter(({ name }) => !isSpentName(name))
        .map(({ name }) => Deno.readTextFileSync(join(journal, name)));
    } catch (error) {
      if (error instanceof Deno.errors.NotFound) return [];
      throw error;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.simulator.close();
    unmountAll(this.root);
    await Deno.remove(this.root, { recursive: true });
  }
}

/** Does something at the moment when the token is spent, not before or after. */
export function atGrant(account: SimulatedAccount, act: () => void): void {
  const refresh = account.refresh.bind(account);
  let done = false;
  account.refresh = (...args) => {
    if (!done) act();
    done = true;
    return refresh(...args);
  };
}

/** What is in a folder, but for the note of the gateway that runs on it. */
export function names(folder: string): readonly string[] {
  return [...Deno.readDirSync(folder)].map(({ name }) => name)
    .filter((name) => name !== RUNNING_FOLDER).sort();
}
