/**
 * The accounts on the folder itself, where no gateway runs.
 *
 * The same store, registry and refreshes as a gateway's, so that one which
 * starts meanwhile finds its locks taken. Listens nowhere, watches nothing.
 */
import { Registry } from "../accounts/registry.ts";
import { AccountStore } from "../accounts/store.ts";
import type { Config } from "../config.ts";
import { err, ok, type Result } from "../result.ts";
import type { Runtime } from "../runtime.ts";
import { accountView } from "../server/account_view.ts";
import { poolView } from "../server/pool_view.ts";
import { refreshByHand } from "../server/refresh_by_hand.ts";
import { ISSUER_TIMEOUT_MS } from "../upstream/ask.ts";
import { identityOf } from "../upstream/identity.ts";
import { Tokens } from "../upstream/token.ts";
import type { PoolAccess } from "./pool.ts";

export async function openFolderPool(
  config: Config,
  runtime: Runtime,
): Promise<Result<PoolAccess, string>> {
  const { accountsDir, affinity, routingPolicy: policy } = config;
  const { after, elapsed, log, now } = runtime;
  const registry = new Registry({ now, elapsed, policy, affinity, log });
  const opened = await AccountStore.open({
    dir: accountsDir,
    registry,
    now,
    after,
    log,
    // They are in the answer.
    invalidFilesLog: { ...log, warn: log.debug },
  });
  if (!opened.ok) return opened;

  const store = opened.value;
  const tokens = new Tokens({
    runtime,
    store,
    issuer: config.authIssuer,
    identity: identityOf(config.codexVersion, Deno.build).short,
    timeoutMs: ISSUER_TIMEOUT_MS,
  });
  return ok(access({ accountsDir, runtime, registry, store, tokens }));
}

interface Parts {
  readonly accountsDir: string;
  readonly runtime: Runtime;
  readonly registry: Registry;
  readonly store: AccountStore;
  readonly tokens: Tokens;
}

function access(
  { accountsDir, runtime, registry, store, tokens }: Parts,
): PoolAccess {
  const { now } = runtime;
  const unknown = (id: string) => err(`Account "${id}" is gone`);
  return {
    via: "folder",
    list: async () => {
      await store.scan();
      return ok(await poolView(registry, { accountsDir, now: now() }));
    },
    add: async (login) => {
      const imported = await store.importToken(login);
      if (!imported.ok) return imported;
      const { account, ...rest } = imported.value;
      return ok({ ...rest, account: accountView(account, now()) });
    },
    wake: (id) => {
      const disposition = registry.wake(id);
      const account = registry.get(id);
      return Promise.resolve(
        disposition === undefined || account === undefined
          ? unknown(id)
          : ok({ disposition, account: accountView(account, now()) }),
      );
    },
    refresh: async (id) => {
      const account = registry.get(id);
      if (account === undefined) return unknown(id);
      const done = await refreshByHand(account, { tokens, now: now() });
      return ok({ ...done, account: accountView(account, now()) });
    },
    remove: async (id) => {
      const removed = await store.remove(id);
      if (!removed.ok) return removed;
      return removed.value ? ok(undefined) : unknown(id);
    },
    close: async () => {
      await tokens.settled();
      await store.retryPending();
    },
  };
}
