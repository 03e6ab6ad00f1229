/**
 * Whatever is done to the files, in whatever order: the newest token of a login
 * that was ever seen is the one in use and the one on disk.
 */

import { assert, assertEquals } from "@std/assert";
import { join } from "@std/path";
import {
  type AccountFile,
  parseAccountFile,
} from "../../lib/accounts/files/file.ts";
import { tokenHash } from "../../lib/accounts/files/digest.ts";
import { type Random, seeded } from "../support/random.ts";
import { accessToken, type Setup, setup } from "../support/accounts.ts";

const SEQUENCES = 40;
const STEPS = 40;
const NAMES = ["a", "b", "c", "d", "e"].map((stem) => `${stem}.json`);

/** `rt_<login>_<n>`: the nth token of a login. */
interface Token {
  readonly login: string;
  readonly n: number;
}

function readToken(text: string): Token {
  const [, login = "", n = ""] = text.split("_");
  return { login, n: Number(n) };
}

function fileOf(object: Record<string, unknown>): AccountFile {
  const bytes = new TextEncoder().encode(JSON.stringify(object));
  const file = parseAccountFile(bytes);
  assert(file.ok);
  return file.value;
}

/** The folder, what the server knows, and what a scan has ever seen. */
class World {
  readonly #pool: Setup;
  readonly #random: Random;
  readonly #backups: string[] = [];
  /** The token of each login that the server would take. */
  readonly #current = new Map<string, number>();
  readonly #seen = new Map<string, number>();
  readonly steps: string[] = [];

  constructor(pool: Setup, random: Random) {
    this.#pool = pool;
    this.#random = random;
  }

  async step(): Promise<void> {
    const step = this.#random.pick([
      this.#drop,
      this.#edit,
      this.#rename,
      this.#rename,
      this.#rotateElsewhere,
      this.#rotateUnnoted,
      this.#rotateHere,
      this.#rotateHere,
      this.#copy,
      this.#restore,
      this.#restore,
      this.#delete,
      this.#breakFile,
    ]);
    await step.call(this);
    if (this.#random.oneIn(4)) return;
    await this.#scanAndCheck();
  }

  async #drop(): Promise<void> {
    const login = `l${this.#current.size}`;
    const access = accessToken(login, 3600, 0);
    const tokens = { refresh_token: `rt_${login}_0`, access_token: access };
    this.#current.set(login, 0);
    await this.#write(
      this.#random.pick(NAMES),
      this.#random.oneIn(2) ? { tokens } : { refresh_token: `rt_${login}_0` },
    );
  }

  async #edit(): Promise<void> {
    const [name, object] = await this.#some();
    await this.#write(name, { ...object, label: "edited" });
  }

  async #rename(): Promise<void> {
    const [from] = await this.#some();
    const to = this.#random.pick(NAMES);
    this.steps.push(`rename ${from} ${to}`);
    if (from !== to) await Deno.rename(this.#path(from), this.#path(to));
  }

  /** Another process that keeps to the rules. */
  async #rotateElsewhere(): Promise<void> {
    const [name, object] = await this.#some();
    const file = fileOf(object);
    const tokens = this.#grant(file);
    if (tokens === undefined) return;
    const own = file.layout === "codex" ? { tokens } : tokens;
    const codaze_previous = [...file.previous, tokenHash(file.refreshToken)];
    await this.#write(name, { ...object, ...own, codaze_previous });
  }

  /** The official client notes nothing, so it is watched at work. */
  async #rotateUnnoted(): Promise<void> {
    await this.#scanAndCheck();
    const [name, object] = await this.#some();
    const file = fileOf(object);
    if (file.layout !== "codex") return;
    const tokens = this.#grant(file);
    if (tokens !== undefined) await this.#write(name, { ...object, tokens });
    await this.#scanAndCheck();
  }

  /** What the server gives for the token in a file, if it is the current one. */
  #grant({ refreshToken }: AccountFile) {
    const { login, n } = readToken(refreshToken);
    if (this.#current.get(login) !== n) return undefined;
    this.#current.set(login, n + 1);
    return {
      refresh_token: `rt_${login}_${n + 1}`,
      access_token: accessToken(login, 3600, (n + 1) * 60),
    };
  }

  /** What must never happen: an older token than one that was seen. */
  async #rotateHere(): Promise<void> {
    const account = this.#pick(this.#pool.registry.accounts());
    if (account === undefined) return;
    // As a refresh does, under the lock.
    await this.#pool.store.readAgain(account);
    const { id, file } = account;
    const granted = this.#grant(file);
    if (granted === undefined) return;
    this.steps.push(`refresh ${id} ${file.refreshToken}`);
    const { login, n } = readToken(granted.refresh_token);
    this.#saw(login, n);
    await this.#pool.store.saveTokens(account, {
      refreshToken: granted.refresh_token,
      accessToken: granted.access_token,
      from: file.refreshToken,
    });
  }

  async #copy(): Promise<void> {
    const [name, object] = await this.#some();
    this.#backups.push(JSON.stringify(object));
    if (this.#random.oneIn(2)) await this.#write(this.#other(name), object);
  }

  async #restore(): Promise<void> {
    const text = this.#pick(this.#backups);
    if (text === undefined) return;
    await this.#write(this.#random.pick(NAMES), JSON.parse(text));
  }

  async #delete(): Promise<void> {
    const [name, object] = await this.#some();
    this.#backups.push(JSON.stringify(object));
    this.steps.push(`delete ${name}`);
    await Deno.remove(this.#path(name)).catch(() => {});
  }

  /** A save that is seen half-way. */
  async #breakFile(): Promise<void> {
    const [name, object] = await this.#some();
    const text = JSON.stringify(object);
    const half = text.slice(0, this.#random.int(text.length));
    this.steps.push(`break ${name}`);
    await Deno.writeTextFile(this.#path(name), half);
    await this.#scanAndCheck({ isSaving: true });
    await this.#write(name, object);
  }

  /** While a file is being saved, only memory may have what was in it. */
  async #scanAndCheck({ isSaving = false } = {}): Promise<void> {
    const before = await this.#tokensIn("");
    for (const token of before.values()) {
      const { login, n } = readToken(token);
      this.#saw(login, n);
    }
    await this.#pool.store.scan();
    this.steps.push("scan");
    const after = await this.#tokensIn("");
    this.#checkMemory();
    if (!isSaving) this.#checkDisk(before, after);
    await this.#checkTrash(after);
  }

  #checkMemory(): void {
    const accounts = this.#pool.registry.accounts();
    const logins = accounts.map((one) => readToken(one.refreshToken).login);
    assertEquals(new Set(logins).size, logins.length, this.#said());
    for (const { refreshToken } of accounts) {
      const { login, n } = readToken(refreshToken);
      assertEquals(n, this.#seen.get(login), `in memory; ${this.#said()}`);
    }
  }

  /** No newest token goes, and none but the newest stays. */
  #checkDisk(
    before: ReadonlyMap<string, string>,
    after: ReadonlyMap<string, string>,
  ): void {
    const there = new Set(after.values());
    assertEquals(there.size, after.size, `a token twice; ${this.#said()}`);
    for (const token of before.values()) {
      const { login } = readToken(token);
      const newest = `rt_${login}_${this.#seen.get(login)}`;
      assert(there.has(newest), `${newest} is off disk; ${this.#said()}`);
    }
    for (const token of there) {
      const { login, n } = readToken(token);
      assertEquals(n, this.#seen.get(login), `on disk; ${this.#said()}`);
    }
  }

  /** Only what is elsewhere as well, or was replaced. */
  async #checkTrash(after: ReadonlyMap<string, string>): Promise<void> {
    const trashed = await this.#tokensIn("trash");
    const there = new Set(after.values());
    for (const [name, token] of trashed) {
      const { login, n } = readToken(token);
      const isOld = n < (this.#seen.get(login) ?? 0);
      assert(isOld || there.has(token), `${token} in trash; ${this.#said()}`);
      await Deno.remove(this.#path(join("trash", name)));
    }
  }

  /** The refresh token in each whole file of a folder. */
  async #tokensIn(folder: string): Promise<ReadonlyMap<string, string>> {
    const tokens = new Map<string, string>();
    const names = await this.#pool.names(folder).catch(() => []);
    for (const name of names.filter((name) => name.endsWith(".json"))) {
      const bytes = await Deno.readFile(this.#path(join(folder, name)));
      const file = parseAccountFile(bytes);
      if (file.ok) tokens.set(name, file.value.refreshToken);
    }
    return tokens;
  }

  /** A file of the folder, and what is in it. */
  async #some(): Promise<[string, Record<string, unknown>]> {
    const files = [...(await this.#tokensIn("")).keys()];
    const name = this.#pick(files);
    if (name !== undefined) return [name, await this.#pool.read(name)];
    await this.#drop();
    return await this.#some();
  }

  #saw(login: string, n: number): void {
    this.#seen.set(login, Math.max(n, this.#seen.get(login) ?? 0));
  }

  async #write(name: string, value: unknown): Promise<void> {
    this.steps.push(`write ${name} ${JSON.stringify(value)}`);
    await this.#pool.write(name, value);
  }

  #other(name: string): string {
    return this.#random.pick(NAMES.filter((other) => other !== name));
  }

  #pick<T>(items: readonly T[]): T | undefined {
    return items.length === 0 ? undefined : this.#random.pick(items);
  }

  #path(name: string): string {
    return join(this.#pool.dir, name);
  }

  #said(): string {
    const accounts = this.#pool.registry.accounts().map((one) =>
      [one.id, one.refreshToken, one.persistPending].join(" ")
    );
    const tokens = /"(access_token|codaze_previous)":("[^"]*"|\[[^\]]*\])/g;
    return [...this.steps.slice(-12), ...accounts].join("\n")
      .replaceAll(tokens, '"$1":…');
  }
}

Deno.test("in random histories the newest token of a login is never undone", async () => {
  for (let seed = 1; seed <= SEQUENCES; seed++) {
    await using pool = await setup();
    const world = new World(pool, seeded(seed));
    for (let n = 0; n < STEPS; n++) await world.step();
  }
});
