/**
 * A watched folder of accounts, as a gateway has it, for tests of what happens
 * when other programs change it. The slow poll is off: what is seen is seen by
 * events or at a glance.
 */

import { join } from "@std/path";
import type { Account } from "../../lib/accounts/pool/account.ts";
import { Registry } from "../../lib/accounts/pool/registry.ts";
import { AccountStore } from "../../lib/accounts/store.ts";
import { FolderWatch } from "../../lib/accounts/sync/watch.ts";
import { GRACE_MS } from "../../lib/limits.ts";
import { FakeClock } from "../support/clock.ts";
import { after } from "../support/system.ts";
import { FakeLog } from "../support/log.ts";

const POLL_MS = 15_000;
/** A change that nobody notices is a failed test, not one without an end. */
const PATIENCE_MS = 10_000;

export type Files = Readonly<Record<string, string>>;

/** The text of an account file. */
export function file(
  token: string,
  more: Record<string, unknown> = {},
): string {
  return JSON.stringify({ refresh_token: token, ...more }, null, 2);
}

export class LiveFolder implements AsyncDisposable {
  /** As the gateway was told; may be a link. */
  readonly dir: string;
  readonly registry: Registry;
  readonly store: AccountStore;
  readonly log: FakeLog;
  readonly #base: string;
  readonly #clock: FakeClock;
  readonly #watch: FolderWatch;
  readonly #checks = new Set<() => void>();

  private constructor(
    own: { readonly base: string; readonly clock: FakeClock },
    parts: Pick<LiveFolder, "dir" | "registry" | "store" | "log">,
  ) {
    this.#base = own.base;
    this.#clock = own.clock;
    this.dir = parts.dir;
    this.registry = parts.registry;
    this.store = parts.store;
    this.log = parts.log;
    this.#watch = new FolderWatch({
      dir: parts.dir,
      after: afterShort,
      log: parts.log,
      scan: async () => {
        await parts.store.scan();
        for (const check of this.#checks) check();
      },
    });
  }

  /** With `prepare`, the folder is what it makes and names of a base folder. */
  static async open(
    files: Files = {},
    prepare: (base: string) => Promise<string> = plainFolder,
  ): Promise<LiveFolder> {
    const base = await Deno.makeTempDir({ prefix: "codaze-live-" });
    const dir = await prepare(base);
    for (const [name, text] of Object.entries(files)) {
      await Deno.writeTextFile(join(dir, name), text);
    }
    const log = new FakeLog();
    const clock = new FakeClock({ now: Date.now(), runs: true });
    const registry = new Registry({
      ...clock.read,
      policy: "fill_first",
      affinity: "session",
      random: () => 0,
      log,
    });
    const options = {
      dir,
      registry,
      ...clock.read,
      after,
      log,
      graceMs: GRACE_MS,
    };
    const opened = await AccountStore.open(options);
    if (!opened.ok) throw new Error(opened.error);
    const store = opened.value;
    return new LiveFolder({ base, clock }, { dir, registry, store, log });
  }

  path(name: string): string {
    return join(this.dir, name);
  }

  /** A path beside the folder. */
  beside(name: string): string {
    return join(this.#base, name);
  }

  write(name: string, text: string): Promise<void> {
    return Deno.writeTextFile(this.path(name), text);
  }

  get(id: string): Account | undefined {
    return this.registry.get(id);
  }

  ids(): string {
    return this.registry.accounts().map(({ id }) => id).join();
  }

  /** `id label token` of each account. */
  view(): string {
    return this.registry.accounts().map(({ id, label, refreshToken }) =>
      [id, label ?? "-", refreshToken].join(" ")
    ).join("; ");
  }

  async trash(): Promise<readonly string[]> {
    const names: string[] = [];
    try {
      for await (const { name } of Deno.readDir(this.path("trash"))) {
        names.push(name);
      }
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    }
    return names.sort();
  }

  /** How often a broken file was reported. */
  reports(): number {
    return this.log.lines.filter((line) => /file ignored/.test(line)).length;
  }

  /** Resolves when a scan has ended after which `holds` is true. */
  until(holds: () => boolean, what = holds.toString()): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const timer = setTimeout(
      () => reject(new Error(`not seen: ${what}; there is ${this.view()}`)),
      PATIENCE_MS,
    );
    const check = () => {
      if (!holds()) return;
      this.#checks.delete(check);
      clearTimeout(timer);
      resolve();
    };
    this.#checks.add(check);
    check();
    return promise;
  }

  /** Looks as if long after: nothing is thought to be on its way any more. */
  async settled(): Promise<void> {
    await this.store.scan();
    this.#clock.pass(GRACE_MS);
    await this.store.scan();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#watch.close();
    await Deno.remove(this.#base, { recursive: true });
  }
}

async function plainFolder(base: string): Promise<string> {
  const dir = join(base, "accounts");
  await Deno.mkdir(dir, { mode: 0o700 });
  return dir;
}

function afterShort(ms: number, task: () => void): () => void {
  if (ms >= POLL_MS) return () => {};
  return after(ms, task);
}

export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
