/**
 * Four accounts in one folder, whose access tokens are good for less than a
 * second, and the gateway processes that live and die on them.
 *
 * Knows from the simulator's own record which token was sent when, and so
 * which loss nobody could have prevented.
 */
import { join } from "@std/path";
import { assert, assertEquals } from "@std/assert";
import {
  objectField,
  parseObject,
  stringField,
} from "../../lib/protocol/json.ts";
import type { SimulatedAccount } from "../../lib/simulator/accounts/account.ts";
import {
  type Simulator,
  startSimulator,
} from "../../lib/simulator/simulator.ts";
import { filesBelow, isNote, keptTokens } from "./files.ts";

const NAMES = ["a", "b", "c", "d"];

/**
 * The gateway refreshes what has 8 s left, and `exp` is in whole seconds: a
 * token serves for up to 0.7 s, and some are due at once.
 */
const LIFETIME_MS = 8_700;

/** What an account's tokens were when a gateway died. */
interface AtDeath {
  /** In its file. */
  readonly refreshToken: string;
  /** Serial of the access token in its file; 0 without one. */
  readonly serial: number;
}

export class Fleet implements AsyncDisposable {
  readonly simulator: Simulator;
  readonly dir: string;
  /** Losses that nobody could have prevented. */
  lost = 0;
  #atDeath = new Map<string, AtDeath>();
  #kept: readonly string[] = [];
  /** How many of the simulator's requests are of gateways that are dead. */
  #ofTheDead = 0;

  private constructor(simulator: Simulator, dir: string) {
    this.simulator = simulator;
    this.dir = dir;
  }

  static async gather(): Promise<Fleet> {
    const simulator = await startSimulator();
    const dir = await Deno.makeTempDir({ prefix: "codaze-kill-" });
    const fleet = new Fleet(simulator, dir);
    for (const name of NAMES) {
      const tokenLifetimeMs = LIFETIME_MS;
      const account = simulator.addAccount({ name, tokenLifetimeMs });
      await fleet.write(account, account.currentRefreshToken());
    }
    return fleet;
  }

  get refreshes(): number {
    return this.simulator.accounts.reduce(
      (sum, one) => sum + one.refreshCount,
      0,
    );
  }

  get turns(): number {
    return this.simulator.accounts.reduce((sum, one) => sum + one.turns, 0);
  }

  /** As a person drops it there; the last one as Codex lays it out. */
  async write({ name }: SimulatedAccount, refreshToken: string): Promise<void> {
    const tokens = { refresh_token: refreshToken };
    const object = name === "d" ? { tokens } : tokens;
    const text = JSON.stringify({ note: ["kept"], ...object });
    await Deno.writeTextFile(join(this.dir, `${name}.json`), text);
  }

  /** To be called when a gateway is dead and the next is not yet started. */
  async buried(): Promise<void> {
    this.#kept = await keptTokens(this.dir);
    for (const { name } of this.simulator.accounts) {
      const holder = await this.#tokensOf(name);
      const refreshToken = stringField(holder, "refresh_token");
      assert(refreshToken !== undefined, `${name}.json has no refresh token`);
      const serial = serialOf(stringField(holder, "access_token") ?? "");
      this.#atDeath.set(name, { refreshToken, serial });
    }
  }

  /**
   * To be called when the next one listens and has been asked for nothing. No
   * access token may have been used that is not on the disk.
   */
  reborn(): void {
    const { requests } = this.simulator;
    for (const { account = "", headers } of requests.slice(this.#ofTheDead)) {
      const bearer = headers.find(([name]) => /^authorization$/i.test(name));
      const dead = this.#atDeath.get(account);
      if (bearer === undefined || dead === undefined) continue;
      assert(serialOf(bearer[1]) <= dead.serial, "used before it was saved");
    }
    this.#ofTheDead = requests.length;
  }

  /**
   * Asserts that the loss of this account could not be helped: the gateway
   * that died has sent the token once, and the answer is nowhere on the disk.
   */
  async mourn(account: SimulatedAccount): Promise<void> {
    const { name } = account;
    const spent = this.#atDeath.get(name)?.refreshToken;
    const sent = this.simulator.requests.map((request) =>
      request.target === "/oauth/token" &&
      stringField(parseObject(text(request.body)) ?? {}, "refresh_token") ===
        spent
    );
    const before = sent.slice(0, this.#ofTheDead).filter((it) => it).length;
    const after = sent.slice(this.#ofTheDead).filter((it) => it).length;
    assertEquals({ name, before, after }, { name, before: 1, after: 1 });
    const given = account.currentRefreshToken();
    assert(!this.#kept.includes(given), `${name} is lost, but was on the disk`);
    this.lost++;
    await this.write(account, account.signIn());
  }

  /** No revocation but of those, and nothing half done in the folder. */
  async checkEnd(): Promise<void> {
    const { violations } = this.simulator;
    assertEquals(violations.length, this.lost, violations.join("\n"));
    const files = await filesBelow(this.dir);
    assertEquals(
      files.filter((path) => !path.startsWith("trash/") && !isNote(path))
        .sort(),
      NAMES.map((name) => `${name}.json`),
    );
    for (const name of NAMES) {
      assertEquals((await this.#fileOf(name))["note"], ["kept"]);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.simulator.close();
    await Deno.remove(this.dir, { recursive: true });
  }

  async #fileOf(name: string) {
    const path = join(this.dir, `${name}.json`);
    const text = await Deno.readTextFile(path).catch(() => "");
    assert(text !== "", `${name}.json is gone while its gateway was alive`);
    return parseObject(text) ?? {};
  }

  async #tokensOf(name: string) {
    const file = await this.#fileOf(name);
    return objectField(file, "tokens") ?? file;
  }
}

/** The `jti` of a token of the simulator: later ones have higher ones. */
function serialOf(token: string): number {
  const [, payload = ""] = token.split(".");
  if (payload === "") return 0;
  const bytes = Uint8Array.fromBase64(payload, { alphabet: "base64url" });
  return Number(parseObject(text(bytes))?.["jti"]);
}

function text(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes);
}
