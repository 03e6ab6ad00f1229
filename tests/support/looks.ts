/**
 * Looks at blocks over real sockets, under a clock that only a test moves: the
 * simulator lives by the same one.
 */
import { assert } from "@std/assert";
import type { Account } from "../../lib/accounts/pool/account.ts";
import type { SimulatedAccount } from "../../lib/simulator/accounts/account.ts";
import type { RecordedRequest } from "../../lib/simulator/http/recorder.ts";
import {
  type Simulator,
  startSimulator,
} from "../../lib/simulator/simulator.ts";
import type { Runtime } from "../../lib/runtime.ts";
import { Tokens } from "../../lib/upstream/auth/token.ts";
import { identityOf } from "../../lib/upstream/auth/identity.ts";
import { LoginMemory } from "../../lib/upstream/login_memory.ts";
import { Network } from "../../lib/upstream/network.ts";
import { Looks } from "../../lib/upstream/quota/looks.ts";
import { UsagePage } from "../../lib/upstream/quota/usage_page.ts";
import { UsageReads } from "../../lib/upstream/quota/usage_reads.ts";
import { NOW, type Setup, setup } from "./accounts.ts";
import { silentRuntime } from "./silent_runtime.ts";

export const MINUTE = 60_000;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;

export interface StageOptions {
  readonly accounts?: readonly string[];
  readonly version?: string;
  /** From 0 to 1. Default: 0. */
  readonly random?: () => number;
  /** Below the simulator's origin. */
  readonly upstreamPath?: string;
  /** Base URL of another backend; the simulator stays the auth server. */
  readonly upstream?: string;
}

export class LooksStage implements AsyncDisposable {
  readonly simulator: Simulator;
  readonly pool: Setup;
  readonly looks: Looks;
  readonly reads: UsageReads;
  readonly network: Network;
  /** The most requests that were under way at once. */
  mostAtOnce = 0;
  /** Upstream cannot be reached. */
  isUnplugged = false;
  readonly #memory: LoginMemory;
  #underWay = 0;

  private constructor(
    { simulator, pool }: {
      readonly simulator: Simulator;
      readonly pool: Setup;
    },
    options: StageOptions,
  ) {
    const { version = "0.171.0", random = () => 0, upstreamPath } = options;
    const base = upstreamPath === undefined
      ? simulator.upstream
      : simulator.origin + upstreamPath;
    this.simulator = simulator;
    this.pool = pool;
    const { clock, registry, store, log } = pool;
    const outside = silentRuntime();
    const runtime: Runtime = {
      ...outside,
      ...clock.read,
      after: clock.after,
      random,
      log,
      fetch: (request) => this.#counted(() => outside.fetch(request)),
    };
    this.network = new Network(runtime);
    const { runtime: watched } = this.network;
    this.#memory = new LoginMemory(watched);
    const identity = identityOf(version, { os: "linux", arch: "x86_64" });
    const tokens = new Tokens({
      runtime: watched,
      store,
      issuer: new URL(simulator.issuer),
      identity: identity.short,
      timeoutMs: 30_000,
    });
    const page = new UsagePage({
      runtime: watched,
      tokens,
      memory: this.#memory,
      upstream: new URL(options.upstream ?? base),
      identity: identity.full,
    });
    const { network } = this;
    this.reads = new UsageReads({ runtime: watched, registry, page, network });
    this.looks = new Looks({
      runtime: watched,
      registry,
      reads: this.reads,
      network,
    });
    registry.observer = this.looks;
  }

  static async start(options: StageOptions = {}): Promise<LooksStage> {
    const { accounts = ["a"] } = options;
    let now = () => NOW;
    const simulator = await startSimulator({ now: () => now() });
    const files: Record<string, unknown> = {};
    for (const name of accounts) {
      const account = simulator.addAccount({
        name,
        tokenLifetimeMs: 100 * DAY,
        quota: {},
      });
      files[`${name}.json`] = {
        refresh_token: account.currentRefreshToken(),
        access_token: account.issueAccessToken(),
      };
    }
    const pool = await setup(files);
    now = pool.clock.read.now;
    return new LooksStage({ simulator, pool }, options);
  }

  /** The account, as the gateway has it. */
  held(name: string): Account {
    const account = this.pool.registry.get(name);
    assert(account !== undefined);
    return account;
  }

  /** The account, as upstream has it. */
  account(name: string): SimulatedAccount {
    const found = this.simulator.accounts.find((one) => one.name === name);
    assert(found !== undefined);
    return found;
  }

  /** Upstream counts the account's week as used up, and refuses a turn. */
  refuse(name: string, ms: number): void {
    const { now } = this.pool.clock;
    this.account(name).setQuota({
      windows: [{ minutes: 7 * 24 * 60, used: 100, leftMs: ms }],
    });
    this.held(name).record.refused(
      { limit: "codex", model: "gpt-6.2-sol", until: now + ms, told: true },
      { now, chance: 0 },
    );
    this.looks.asked();
    this.looks.blocked();
  }

  isBlocked(name: string): boolean {
    const { now } = this.pool.clock;
    return this.held(name).record.blocks(now).length > 0;
  }

  /** Requests for pages of usage, in their order. */
  get pages(): readonly RecordedRequest[] {
    return this.simulator.requests.filter(({ target }) =>
      target.endsWith("/usage")
    );
  }

  /** Minutes since `NOW` of each of them, and whose. */
  get times(): readonly string[] {
    return this.pages.map(({ at, account }) =>
      `${account} ${Math.round((at - NOW) / MINUTE)}`
    );
  }

  /** Time goes by in steps; `each` happens after each of them. */
  async pass(
    ms: number,
    { step = MINUTE, each = () => {} }: {
      readonly step?: number;
      readonly each?: () => void;
    } = {},
  ): Promise<void> {
    const { clock } = this.pool;
    for (let left = ms; left > 0; left -= step) {
      clock.pass(Math.min(step, left));
      await this.idle();
      each();
      await this.idle();
    }
  }

  /** The same, with a client that asks all the time. */
  passInUse(ms: number): Promise<void> {
    return this.pass(ms, { each: () => this.looks.asked() });
  }

  /** Resolves when no read is under way, and none is due at once. */
  async idle(): Promise<void> {
    while (true) {
      const before = this.pages.length;
      await this.reads.inTurn(() => Promise.resolve());
      for (let n = 0; n < 10; n++) await Promise.resolve();
      this.pool.clock.pass(0);
      if (this.pages.length === before && this.#underWay === 0) return;
      await new Promise((resolve) => setTimeout(resolve, 0));
    }
  }

  async #counted(ask: () => Promise<Response>): Promise<Response> {
    if (this.isUnplugged) throw new TypeError("network is unreachable");
    this.#underWay++;
    this.mostAtOnce = Math.max(this.mostAtOnce, this.#underWay);
    try {
      return await ask();
    } finally {
      this.#underWay--;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.looks.stop();
    this.#memory.clients.close();
    await this.simulator.close();
    await this.pool[Symbol.asyncDispose]();
  }
}
