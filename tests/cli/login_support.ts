/** `codaze login` as a person runs it, against the simulator. */
import { assert, assertEquals } from "@std/assert";
import { join } from "@std/path";
import { CANARY } from "../../lib/simulator/accounts/canary.ts";
import type { SimulatedAccount } from "../../lib/simulator/accounts/account.ts";
import {
  type Simulator,
  startSimulator,
} from "../../lib/simulator/simulator.ts";
import { type Codaze, type Ended, startCodaze } from "../support/codaze.ts";

/** Windows has no such signals to send. */
export const ignore = Deno.build.os === "windows";

export const PROGRAM = join(import.meta.dirname ?? "", "login_program.ts");

/** A simulator with one person, and an empty accounts dir. */
export class Setting implements AsyncDisposable {
  readonly simulator: Simulator;
  readonly ada: SimulatedAccount;
  readonly dir: string;

  constructor(simulator: Simulator, dir: string) {
    this.simulator = simulator;
    this.dir = dir;
    this.ada = simulator.addAccount({ name: "ada", plan: "plus" });
  }

  /** Flags and ports are those of a person with one account elsewhere. */
  login(
    args: readonly string[] = [],
    { ports = [0], allowedMs = 60_000, admin = "127.0.0.1:0" }: {
      readonly ports?: readonly number[];
      readonly allowedMs?: number;
      readonly admin?: string;
    } = {},
  ): Codaze {
    return startCodaze([
      `${ports.join(",")}@${allowedMs}`,
      ...args,
      `--accounts-dir=${this.dir}`,
      `--admin-listen=${admin}`,
      `--auth-issuer=${this.simulator.issuer}`,
    ], { script: PROGRAM });
  }

  async names(): Promise<readonly string[]> {
    const entries = await Array.fromAsync(Deno.readDir(this.dir));
    return entries.map(({ name }) => name);
  }

  /** The account files, parsed. */
  async files(): Promise<readonly Record<string, unknown>[]> {
    const files: Record<string, unknown>[] = [];
    for (const name of await this.names()) {
      if (!name.endsWith(".json")) continue;
      const text = await Deno.readTextFile(join(this.dir, name));
      files.push(JSON.parse(text));
    }
    return files;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.simulator.close();
    await Deno.remove(this.dir, { recursive: true });
  }
}

export async function startSetting(): Promise<Setting> {
  const dir = await Deno.makeTempDir({ prefix: "codaze-test-" });
  return new Setting(await startSimulator(), dir);
}

/** What the browser would open, once it is printed. */
export async function printedAddress(
  codaze: Codaze,
  { simulator }: { readonly simulator: Simulator },
): Promise<URL> {
  const url = new URL(await codaze.printed(/^ +(http\S+\/authorize\S+)$/m));
  const back = new URL(url.searchParams.get("redirect_uri") ?? "");
  simulator.signIn.callbackPorts = [Number(back.port)];
  return url;
}

/** Where the auth server sends the browser. */
export async function sentBackTo(url: URL): Promise<URL> {
  const page = await fetch(url, { redirect: "manual" });
  assertEquals(page.status, 302, await page.text());
  return new URL(page.headers.get("location") ?? "");
}

export async function shown(url: URL): Promise<string> {
  return await (await fetch(url)).text();
}

export function assertNoSecrets({ stdout, stderr }: Ended): void {
  assert(!CANARY.test(stdout), stdout);
  assert(!CANARY.test(stderr), stderr);
  // deno-lint-ignore no-control-regex
  assert(!/\x1b/.test(stdout + stderr), "colours without a terminal");
}

/** Names of what we send, but for what `fetch` adds on its own. */
export function headersOf(
  request:
    | { readonly headers: readonly (readonly [string, string])[] }
    | undefined,
): readonly string[] {
  const forced = [
    "accept-encoding",
    "accept-language",
    "connection",
    "content-length",
    "host",
    "user-agent",
  ];
  const names = (request?.headers ?? []).map(([name]) => name.toLowerCase());
  return names.filter((name) => !forced.includes(name));
}
