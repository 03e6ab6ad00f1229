/**
 * A real gateway in front of the simulator, both on free loopback ports, given
 * back by `await using`.
 */
import { exists } from "@std/fs";
import { join } from "@std/path";
import { readConfig } from "../../lib/config/config.ts";
import type { BodyLimits } from "../../lib/downstream/body_budget.ts";
import { Gateway } from "../../lib/gateway.ts";
import { BODY_LIMITS, TIMEOUTS, WATCH_TIMES } from "../../lib/limits.ts";
import type { Timeouts } from "../../lib/relay/attempt.ts";
import { createRuntime } from "../../lib/cli/process/system.ts";
import { parseObject } from "../../lib/protocol/json.ts";
import type { Runtime } from "../../lib/runtime.ts";
import type {
  AccountOptions,
  SimulatedAccount,
} from "../../lib/simulator/accounts/account.ts";
import {
  type Simulator,
  startSimulator,
} from "../../lib/simulator/simulator.ts";
import type { WatchTimes } from "../../lib/server/port/self_watch.ts";
import { writeAccount } from "./account_files.ts";
import { assertNoToken } from "./canary.ts";
import { FakeLog, type LogLine } from "./log.ts";

export interface TestOptions {
  /** Names of the accounts; their ids, and labels. */
  readonly accounts?: readonly string[];
  /** Labels other than the names. */
  readonly labels?: Readonly<Record<string, string>>;
  /** Of simulated accounts, by name: their plan and quota. */
  readonly simulated?: Readonly<Record<string, Partial<AccountOptions>>>;
  readonly flags?: readonly string[];
  /** Default: a free one. */
  readonly adminPort?: number;
  /** Base URL of another backend; the simulator stays the auth server. */
  readonly upstream?: string;
  /** Base URL of the auth server, if not the simulator's. */
  readonly issuer?: string;
  readonly timeouts?: Partial<Timeouts>;
  readonly bodies?: Partial<BodyLimits>;
  readonly watchTimes?: Partial<WatchTimes>;
  readonly runtime?: Partial<Runtime>;
  /** Puts a valid access token into each file, so that none need refresh. */
  readonly warm?: boolean;
  /** Whether the simulator accepts upgrades. Default: false. */
  readonly websockets?: boolean;
  /** The simulator's clock. */
  readonly now?: () => number;
  /** What the gateway says its version is. */
  readonly version?: string;
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
    const text = await (await this.admin("/admin/accounts")).text();
    assertNoToken(text, "/admin/accounts");
    const { accounts } = JSON.parse(text);
    return Object.fromEntries(
      accounts.map((view: Record<string, unknown>) => [view["id"], view]),
    );
  }

  /**
   * A turn as the official client asks for it: the first of a session, unless
   * the headers name one, or it is to be known by what is in it.
   */
  turn(
    body: Readonly<Record<string, unknown>> = {},
    init: {
      readonly headers?: Readonly<Record<string, string>>;
      readonly signal?: AbortSignal;
      readonly session?: "unnamed";
    } = {},
  ): Promise<Response> {
    const session = init.session === "unnamed"
      ? {}
      : { "session-id": crypto.randomUUID() };
    return fetch(this.url("/v1/responses"), {
      method: "POST",
      headers: { ...CODEX_HEADERS, ...session, ...init.headers },
      body: JSON.stringify({ ...CODEX_BODY, ...body }),
      signal: init.signal ?? null,
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.gateway.stop(0);
    await this.simulator.close();
    const reasons = await trashReasons(this.dir);
    await Deno.remove(this.dir, { recursive: true });
    assertNoToken(JSON.stringify(this.log), "the log");
    assertNoToken(reasons, "the reasons in trash/");
  }
}

/** What is written into trashed files besides what was in them. */
async function trashReasons(dir: string): Promise<string> {
  const trash = join(dir, "trash");
  if (!await exists(trash)) return "";
  const reasons: unknown[] = [];
  for await (const { name } of Deno.readDir(trash)) {
    const text = await Deno.readTextFile(join(trash, name));
    reasons.push(parseObject(text)?.["codaze_reason"]);
  }
  return JSON.stringify(reasons);
}

/** One more gateway on the simulator, and by default the folder, of another. */
export async function restartGateway(
  { simulator, dir }: TestGateway,
  otherDir = dir,
): Promise<TestGateway> {
  const started = await start(simulator, otherDir, {});
  return new class extends TestGateway {
    override async [Symbol.asyncDispose](): Promise<void> {
      await this.gateway.stop(0);
      assertNoToken(JSON.stringify(this.log), "the log");
      if (otherDir === dir) return;
      await Deno.remove(otherDir, { recursive: true });
    }
  }({ simulator, dir: otherDir, ...started });
}

export const CODEX_HEADERS: Readonly<Record<string, string>> = {
  "accept": "text/event-stream",
  "content-type": "application/json",
  "originator": "codex_exec",
  "user-agent":
    "codex_exec/0.171.0 (Debian 12.0.0; x86_64) xterm (codex_exec; 0.171.0)",
  "version": "0.171.0",
  "accept-encoding": "zstd,gzip",
};

export const CODEX_BODY: Readonly<Record<string, unknown>> = {
  model: "gpt-6.2-sol",
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
  const { accounts = ["a"], warm = false } = options;
  const { websockets = false } = options;
  const { now = Date.now } = options;
  const simulator = await startSimulator({ websockets, now });
  const dir = await Deno.makeTempDir({ prefix: "codaze-test-" });
  for (const name of accounts) {
    const account = simulator.addAccount({
      ...options.simulated?.[name],
      name,
    });
    await writeAccount(dir, account, {
      label: options.labels?.[name] ?? name,
      ...warm ? { access_token: account.issueAccessToken() } : {},
    });
  }
  const started = await start(simulator, dir, options);
  return new TestGateway({ simulator, dir, ...started });
}

/**
 * One that takes its accounts in order, and goes to the next only when it must.
 * All have an access token, and upstream takes websockets.
 */
export function startFillFirst(
  options: TestOptions = {},
): Promise<TestGateway> {
  return startTestGateway({
    accounts: ["a", "b"],
    warm: true,
    websockets: true,
    ...options,
    flags: ["--routing-policy=fill_first", ...options.flags ?? []],
  });
}

async function start(
  simulator: Simulator,
  dir: string,
  options: TestOptions,
): Promise<{ readonly gateway: Gateway; readonly log: readonly LogLine[] }> {
  const { flags = [], adminPort = 0 } = options;
  const config = readConfig([
    "--listen=127.0.0.1:0",
    `--admin-listen=127.0.0.1:${adminPort}`,
    `--accounts-dir=${dir}`,
    `--upstream=${options.upstream ?? simulator.upstream}`,
    `--auth-issuer=${options.issuer ?? simulator.issuer}`,
    ...flags,
  ], () => undefined);
  if (!config.ok) throw new Error(config.error);

  const log = new FakeLog();
  const started = await Gateway.start({
    config: config.value,
    runtime: {
      ...createRuntime({
        log,
        rootCertificates: [],
        env: () => undefined,
      }),
      // All tests of a run share one process, so its memory is not a gateway's.
      memory: () => ({ rss: 60_000_000, heapUsed: 10_000_000 }),
      ...options.runtime,
    },
    timeouts: {
      ...TIMEOUTS,
      transportRetryMs: [1, 2],
      ...options.timeouts,
    },
    bodies: { ...BODY_LIMITS, ...options.bodies },
    watchTimes: { ...WATCH_TIMES, ...options.watchTimes },
    version: options.version ?? "0.0.0-test",
  });
  if (!started.ok) throw new Error(started.error);
  return { gateway: started.value, log: log.entries };
}
