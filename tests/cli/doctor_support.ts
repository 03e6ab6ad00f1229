/**
 * A person's machine for `codaze doctor`, with nothing wrong: a home folder,
 * one account, Codex pointed at the gateway, and the simulator for the two
 * hosts. Given back by `await using`; a test breaks what it is about.
 */
import { assert, assertEquals } from "@std/assert";
import { join } from "@std/path";
import type { Finding } from "../../lib/cli/doctor/finding.ts";
import type { SimulatedAccount } from "../../lib/simulator/accounts/account.ts";
import {
  type Simulator,
  startSimulator,
} from "../../lib/simulator/simulator.ts";
import {
  type Codaze,
  type Ended,
  runCodaze,
  startCodaze,
} from "../support/codaze.ts";
import { nobodyListens } from "./pool_support.ts";

export interface Report {
  readonly code: number;
  readonly findings: readonly Finding[];
}

export class Machine implements AsyncDisposable {
  readonly home: string;
  readonly dir: string;
  readonly simulator: Simulator;
  readonly listen = nobodyListens();
  readonly adminListen = nobodyListens();

  private constructor(home: string, simulator: Simulator) {
    this.home = home;
    this.dir = join(home, ".codaze");
    this.simulator = simulator;
  }

  static async start(): Promise<Machine> {
    const home = await Deno.makeTempDir({ prefix: "codaze-test-" });
    const machine = new Machine(home, await startSimulator());
    await Deno.mkdir(machine.dir, { mode: 0o700 });
    await Deno.mkdir(join(home, ".codex"));
    await machine.configureCodex(
      `openai_base_url = "http://${machine.listen}/v1"\n`,
    );
    await machine.addAccount("main");
    return machine;
  }

  /** The flags that a person with such a machine would use. */
  get flags(): readonly string[] {
    return [
      `--listen=${this.listen}`,
      `--admin-listen=${this.adminListen}`,
      `--upstream=${this.simulator.upstream}`,
      `--auth-issuer=${this.simulator.issuer}`,
    ];
  }

  get env(): Readonly<Record<string, string>> {
    return {
      HOME: this.home,
      // Those of whoever runs the tests.
      CODEX_HOME: "",
      XDG_CONFIG_HOME: "",
      SSL_CERT_FILE: "",
      CODEX_CA_CERTIFICATE: "",
    };
  }

  path(...names: readonly string[]): string {
    return join(this.home, ...names);
  }

  async addAccount(
    name: string,
    more: Readonly<Record<string, unknown>> = {},
  ): Promise<SimulatedAccount> {
    const account = this.simulator.addAccount({ name });
    const file = {
      refresh_token: account.currentRefreshToken(),
      access_token: account.issueAccessToken(),
      label: name,
      ...more,
    };
    await this.save(`.codaze/${name}.json`, JSON.stringify(file));
    return account;
  }

  async save(path: string, text: string): Promise<void> {
    await Deno.writeTextFile(this.path(path), text, { mode: 0o600 });
  }

  configureCodex(toml: string): Promise<void> {
    return this.save(".codex/config.toml", toml);
  }

  run(
    args: readonly string[],
    env: Readonly<Record<string, string>> = {},
  ): Promise<Ended> {
    return runCodaze(args, { env: { ...this.env, ...env } });
  }

  /** A gateway that serves this machine's accounts. */
  async serve(args: readonly string[] = []): Promise<Codaze> {
    const codaze = startCodaze([...this.flags, ...args], { env: this.env });
    await codaze.printed(/\d accounts? in /);
    return codaze;
  }

  /** As a program reads it. Later flags win over those of the machine. */
  async doctor(
    { args = [], env = {} }: {
      readonly args?: readonly string[];
      readonly env?: Readonly<Record<string, string>>;
    } = {},
  ): Promise<Report> {
    const names = args.map((arg) => arg.split("=", 1)[0]);
    const flags = this.flags.filter((flag) =>
      !names.includes(flag.split("=", 1)[0])
    );
    const { code, stdout, stderr } = await this.run(
      ["doctor", "--json", ...flags, ...args],
      env,
    );
    assertEquals(stderr, "");
    const report = JSON.parse(stdout);
    assertEquals(report.ok, code === 0);
    return { code, findings: report.findings };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.simulator.close();
    await Deno.remove(this.home, { recursive: true });
  }
}

/** The one finding of this check; fails if it has more, or none. */
export function only({ findings }: Report, check: string): Finding {
  const found = findings.filter((finding) => finding.check === check);
  const [first] = found;
  assert(first && found.length === 1, `${check}: ${JSON.stringify(found)}`);
  return first;
}
