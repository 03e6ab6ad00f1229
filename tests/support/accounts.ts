/** Tokens, accounts, a registry, a store on a folder of its own. */

import { assert } from "@std/assert";
import { join } from "@std/path";
import { Account } from "../../lib/accounts/pool/account.ts";
import type { AccountFile } from "../../lib/accounts/files/file.ts";
import { Registry } from "../../lib/accounts/pool/registry.ts";
import { AccountStore } from "../../lib/accounts/store.ts";
import type { Log } from "../../lib/runtime.ts";
import { FakeClock } from "./clock.ts";
import { FakeLog } from "./log.ts";
import { after } from "./system.ts";

export const NOW = Date.UTC(2026, 10, 22, 12);

/**
 * An unsigned token of this person, valid for `seconds` from `NOW`; issued
 * `issued` seconds after it, if that is to be said.
 */
export function accessToken(
  person: string,
  seconds = 3600,
  issued?: number,
): string {
  return [
    { alg: "none" },
    {
      exp: NOW / 1000 + seconds,
      ...issued === undefined ? {} : { iat: NOW / 1000 + issued },
      "https://api.openai.com/auth": {
        chatgpt_account_id: `acct_${person}`,
        chatgpt_user_id: `user_${person}`,
        chatgpt_plan_type: "plus",
      },
      "https://api.openai.com/profile": { email: `${person}@example.com` },
    },
  ].map((part) => base64url(JSON.stringify(part))).join(".") + ".c2ln";
}

function base64url(text: string): string {
  return btoa(text).replaceAll("+", "-").replaceAll("/", "_")
    .replaceAll("=", "");
}

export function accountFile(fields: Partial<AccountFile> = {}): AccountFile {
  return {
    layout: "plain",
    refreshToken: "rt_test",
    accessToken: undefined,
    idToken: undefined,
    accountId: undefined,
    label: undefined,
    email: undefined,
    previous: [],
    ...fields,
  };
}

/** An account with the refresh token `rt_<id>`. */
export function account(
  id: string,
  fields: Partial<AccountFile> & { readonly createdAt?: number } = {},
): Account {
  const { createdAt = 0, ...file } = fields;
  const own = accountFile({ refreshToken: `rt_${id}`, ...file });
  return new Account(`${id}.json`, own, createdAt);
}

export interface Setup extends AsyncDisposable {
  readonly dir: string;
  readonly registry: Registry;
  readonly store: AccountStore;
  readonly log: FakeLog;
  readonly clock: FakeClock;
  /** Writes a file as another program would. */
  write(name: string, value: unknown): Promise<void>;
  read(name: string): Promise<Record<string, unknown>>;
  names(sub?: string): Promise<readonly string[]>;
  ids(): readonly string[];
}

/** A store over a folder of its own, with these files in it at the start. */
export async function setup(
  files: Readonly<Record<string, unknown>> = {},
): Promise<Setup> {
  const dir = await Deno.makeTempDir();
  const log = new FakeLog();
  const clock = new FakeClock({ now: NOW });
  const registry = registryOf([], log, clock);
  const write = (name: string, value: unknown) => {
    const text = typeof value === "string" ? value : JSON.stringify(value);
    return Deno.writeTextFile(join(dir, name), text);
  };
  for (const [name, value] of Object.entries(files)) await write(name, value);
  const options = { dir, registry, ...clock.read, after, log };
  const opened = await AccountStore.open(options);
  if (!opened.ok) throw new Error(opened.error);
  return {
    dir,
    registry,
    store: opened.value,
    log,
    clock,
    write,
    read: async (name) => JSON.parse(await Deno.readTextFile(join(dir, name))),
    names: async (sub = "") => {
      const names: string[] = [];
      for await (const { name } of Deno.readDir(join(dir, sub))) {
        names.push(name);
      }
      return names.sort();
    },
    ids: () => registry.accounts().map(({ id }) => id),
    [Symbol.asyncDispose]: async () => {
      await Deno.remove(dir, { recursive: true }).catch(() => {});
    },
  };
}

/** What is in a plain account file. */
export function plain(
  token: string,
  more: Readonly<Record<string, unknown>> = {},
): Record<string, unknown> {
  return { refresh_token: token, ...more };
}

/** The account `a` gets `rt_2` when its file is gone, and nothing saves it. */
export async function rotateWhileGone(
  { dir, registry, store }: Setup,
): Promise<void> {
  const account = registry.get("a");
  assert(account !== undefined);
  await Deno.remove(join(dir, "a.json"));
  await store.scan();
  const tokens = { refreshToken: "rt_2", accessToken: undefined, from: "rt_1" };
  assert(!(await store.saveTokens(account, tokens)).ok);
}

export function registryOf(
  accounts: readonly Account[],
  log: Log = new FakeLog(),
  clock = new FakeClock({ now: NOW }),
): Registry {
  const registry = new Registry({
    ...clock.read,
    policy: "fill_first",
    affinity: "session",
    log,
    random: () => 0,
  });
  registry.replaceAll(accounts);
  return registry;
}
