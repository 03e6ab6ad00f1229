/**
 * A real gateway in front of the simulator, both on free loopback ports, given
 * back by `await using`.
 */
import { join } from "@std/path";
import { readConfig } from "../../lib/config.ts";
import { Gateway, TIMEOUTS } from "../../lib/gateway.ts";
import type { Timeouts } from "../../lib/relay/attempt.ts";
import { createRuntime } from "../../lib/cli/system.ts";
import type { Log, Runtime } from "../../lib/runtime.ts";
import type { SimulatedAccount } from "../../lib/simulator/account.ts";
import {
  type Simulator,
  startSimulator,
} from "../../lib/simulator/simulator.ts";

export interface TestOptions {
  /** Names of the accounts; their ids, and labels. */
  readonly accounts?: readonly string[];
  readonly flags?: readonly string[];
  /** Base URL of another backend; the simulator stays the auth server. */
  readonly upstream?: string;
  readonly timeouts?: Partial<Timeouts>;
  readonly runtime?: Partial<Runtime>;
  /** Puts a valid access token into each file, so that none need refresh. */
  readonly warm?: boolean;
  /** Whether the simulator accepts upgrades. Default: false. */
  readonly websockets?: boolean;
}

export interface LogLine {
  readonly level: string;
  readonly message: string;
  readonly fields: Readonly<Record<string, unknown>>;
}

/** Everything a test may want to look at. */
export class TestGateway implements AsyncDisposable {
  readonly simulator: Simulator;
  readonly gateway: Gateway;
  readonly dir: string;
  readonly log: readonly LogLine[];

  constructor(
    parts: {
      readonly simulator: Simulator;
      readonly gateway: Gateway;
      readonly dir: string;
      readonly log: readonly LogLine[];
    },
  ) {
    this.simulator = parts.simulator;
    this.gateway = parts.gateway;
    this.dir = parts.dir;
    this.log = parts.log;
  }

  account(name: string): SimulatedAccount {
    const found = this.simulator.accounts.find((one) => one.name === name);
    if (!found) throw new Error(`no simulated account ${name}`);
    return found;
  }

  url(path: string): string {
    return `${this.gateway.publicOrigin}${path}`;
  }

  admin(path: string, init?: RequestInit): Promise<Response> {
    return fetch(`${this.gateway.adminOrigin}${path}`, init);
  }

  /** The accounts as the admin port shows them, by id. */
  async views(): Promise<Record<string, Record<string, unknown>>> {
    const { accounts } = await (await this.admin("/admin/accounts")).json();
    return Object.fromEntries(
      accounts.map((view: Record<string, unknown>) => [view["id"], view]),
    );
  }

  /** A turn as the official client asks for it. */
  turn(
    body: Readonly<Record<string, unknown>> = {},
    init: {
      readonly headers?: Readonly<Record<string, string>>;
      readonly signal?: AbortSignal;
    } = {},
  ): Promise<Response> {
    return fetch(this.url("/v1/responses"), {
      method: "POST",
      headers: { ...CODEX_HEADERS, ...init.headers },
      body: JSON.stringify({ ...CODEX_BODY, ...body }),
      signal: init.signal ?? null,
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.gateway.stop(0);
    await this.simulator.close();
    await Deno.remove(this.dir, { recursive: true });
  }
}

export const CODEX_HEADERS: Readonly<Record<string, string>> = {
  "accept": "text/event-stream",
  "content-type": "application/json",
  "originator": "codex_exec",
  "user-agent":
    "codex_exec/0.169.0 (Debian 12.0.0; x86_64) xterm (codex_exec; 0.169.0)",
  "version": "0.169.0",
};

export const CODEX_BODY: Readonly<Record<string, unknown>> = {
  model: "gpt-6.1-sol",
  stream: true,
  input: [{
    type: "message",
    role: "user",
    content: [{ type: "input_text", text: "say: hello" }],
  }],
  store: false,
};

export async function startTestGateway(
  options: TestOptions = {},
): Promise<TestGateway> {
  const { accounts = ["a"], flags = [], warm = false } = options;
  const { websockets = false } = options;
  const simulator = await startSimulator({ websockets });
  const dir = await Deno.makeTempDir({ prefix: "codaze-test-" });
  for (const name of accounts) {
    const account = simulator.addAccount({ name });
    const file = {
      refresh_token: account.currentRefreshToken(),
      label: name,
      ...warm ? { access_token: account.issueAccessToken() } : {},
    };
    await Deno.writeTextFile(join(dir, `${name}.json`), JSON.stringify(file));
  }
  const config = readConfig([
    "--listen=127.0.0.1:0",
    "--admin-listen=127.0.0.1:0",
    `--accounts-dir=${dir}`,
    `--upstream=${options.upstream ?? simulator.upstream}`,
    `--auth-issuer=${simulator.issuer}`,
    ...flags,
  ], () => undefined);
  if (!config.ok) throw new Error(config.error);

  const lines: LogLine[] = [];
  const started = await Gateway.start({
    config: config.value,
    runtime: {
      ...createRuntime({
        log: logInto(lines),
        rootCertificates: [],
        env: () => undefined,
      }),
      ...options.runtime,
    },
    timeouts: {
      ...TIMEOUTS,
      transportRetryMs: [1, 2],
      ...options.timeouts,
    },
  });
  if (!started.ok) throw new Error(started.error);
  return new TestGateway({
    simulator,
    gateway: started.value,
    dir,
    log: lines,
  });
}

function logInto(lines: LogLine[]): Log {
  const at = (level: string) => (message: string, fields = {}) => {
    lines.push({ level, message, fields });
  };
  return {
    debug: at("debug"),
    info: at("info"),
    warn: at("warn"),
    error: at("error"),
  };
}
