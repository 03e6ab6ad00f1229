/**
 * The accounts directly in the folder, while no gateway runs.
 *
 * Reading changes no file. The first change opens the same store that a gateway
 * opens, so a gateway that starts meanwhile finds the locks taken. Does not
 * listen and does not watch the folder.
 */
import { loadState, StateKeeper } from "../../accounts/state/state_keeper.ts";
import { look } from "../../accounts/sync/look.ts";
import { Registry } from "../../accounts/pool/registry.ts";
import { AccountStore } from "../../accounts/store.ts";
import type { Config } from "../../config/config.ts";
import { ISSUER_TIMEOUT_MS } from "../../limits.ts";
import { err, ok, type Result } from "../../result.ts";
import type { Runtime } from "../../runtime.ts";
import { accountView } from "../../server/admin/account_view.ts";
import { poolView } from "../../server/admin/pool_view.ts";
import { refreshByHand } from "../../server/admin/refresh_by_hand.ts";
import { type UsageView, usageView } from "../../server/admin/usage_view.ts";
import { identityOf } from "../../upstream/auth/identity.ts";
import { Tokens } from "../../upstream/auth/token.ts";
import { lastDays } from "../../usage/days.ts";
import { readDays, SKIPPED } from "../../usage/usage_folder.ts";
import { noGateway } from "./gateway.ts";
import type {
  AccountView,
  Added,
  Login,
  PoolAccess,
  RefreshReport,
  SettingsChange,
  Woken,
} from "./pool.ts";

/** An error means that the folder cannot be read. */
export async function openFolderPool(
  config: Config,
  runtime: Runtime,
): Promise<Result<PoolAccess, string>> {
  const pool = new FolderPool(config, runtime);
  const seen = await pool.list();
  return seen.ok ? ok(pool) : seen;
}

/** What is needed to change the folder. */
interface Opened {
  readonly registry: Registry;
  readonly store: AccountStore;
  readonly tokens: Tokens;
}

class FolderPool implements PoolAccess {
  readonly via = "folder";
  readonly at: string;
  readonly #config: Config;
  readonly #runtime: Runtime;
  /** Why the saved state cannot be used, if it was looked at. */
  #unusableState: string | undefined;
  #opening: Promise<Result<Opened, string>> | undefined;

  constructor(config: Config, runtime: Runtime) {
    this.at = config.accountsDir;
    this.#config = config;
    this.#runtime = runtime;
  }

  async list() {
    const registry = await this.#look();
    if (!registry.ok) return registry;
    const { accountsDir } = this.#config;
    const now = this.#runtime.now();
    return ok(await poolView(registry.value, { accountsDir, now }));
  }

  async usage(count: number): Promise<Result<UsageView, string>> {
    const registry = await this.#look();
    if (!registry.ok) return registry;
    const { log, now } = this.#runtime;
    const days = lastDays(now(), count);
    const read = await readDays(this.#config.accountsDir, days);
    for (const { day, skipped } of read) {
      if (skipped !== "") log.warn(SKIPPED, { day, skipped });
    }
    const rows = read.flatMap(({ rows }) => rows);
    return ok(usageView(rows, registry.value.accounts()));
  }

  async add(login: Login): Promise<Result<Added, string>> {
    const opened = await this.#open();
    if (!opened.ok) return opened;
    const imported = await opened.value.store.importToken(login);
    if (!imported.ok) return err(imported.error.message);
    const { account, ...rest } = imported.value;
    const view = accountView(account, this.#runtime.now());
    return ok({ ...rest, account: view });
  }

  async wake(id: string): Promise<Result<Woken, string>> {
    const registry = await this.#look();
    if (!registry.ok) return registry;
    const woken = this.#wake(id, registry.value);
    return woken === undefined ? gone(id) : ok(woken);
  }

  async wakeAll(): Promise<Result<readonly Woken[], string>> {
    const registry = await this.#look();
    if (!registry.ok) return registry;
    return ok(
      registry.value.accounts()
        .map(({ id }) => this.#wake(id, registry.value))
        .filter((one) => one !== undefined),
    );
  }

  #wake(id: string, registry: Registry): Woken | undefined {
    const disposition = registry.wake(id);
    const account = registry.get(id);
    if (disposition === undefined || account === undefined) return undefined;
    const view = accountView(account, this.#runtime.now());
    return { disposition, account: view };
  }

  async refresh(id: string): Promise<Result<RefreshReport, string>> {
    const opened = await this.#open();
    if (!opened.ok) return opened;
    const { registry, tokens } = opened.value;
    const account = registry.get(id);
    if (account === undefined) return gone(id);
    const done = await refreshByHand(account, tokens);
    const view = accountView(account, this.#runtime.now());
    return ok({ ...done, account: view });
  }

  resetCredit(): Promise<Result<never, string>> {
    return Promise.resolve(
      err("Only a running gateway can ask for a reset: start codaze first"),
    );
  }

  async remove(id: string): Promise<Result<void, string>> {
    const opened = await this.#open();
    if (!opened.ok) return opened;
    const removed = await opened.value.store.remove(id);
    if (!removed.ok) return removed;
    return removed.value ? ok(undefined) : gone(id);
  }

  /** Kept in the state that the next gateway starts from. */
  async set(
    id: string,
    changes: SettingsChange,
  ): Promise<Result<AccountView, string>> {
    const looked = await this.#look();
    if (!looked.ok) return looked;
    const registry = looked.value;
    registry.restoreSessions();
    const runtime = this.#runtime;
    const dir = this.#config.accountsDir;
    const keeper = new StateKeeper(
      { dir, registry, runtime },
      this.#unusableState,
    );
    registry.set(id, changes);
    const saved = await keeper.save();
    await keeper.close();
    const account = registry.get(id);
    if (account === undefined) return gone(id);
    return saved
      ? ok(accountView(account, runtime.now()))
      : err(`The settings cannot be saved in ${dir}`);
  }

  readQuota(): Promise<Result<never, string>> {
    return Promise.resolve(err(noGateway(this.#config)));
  }

  async rename(
    id: string,
    label: string,
  ): Promise<Result<AccountView, string>> {
    const opened = await this.#open();
    if (!opened.ok) return opened;
    const account = opened.value.registry.get(id);
    if (account === undefined) return gone(id);
    const renamed = await opened.value.store.rename(account, label);
    return renamed.ok
      ? ok(accountView(account, this.#runtime.now()))
      : err(renamed.error.message);
  }

  async prepare(): Promise<Result<void, string>> {
    const opened = await this.#open();
    return opened.ok ? ok(undefined) : opened;
  }

  async close(): Promise<void> {
    const opened = await this.#opening;
    if (!opened?.ok) return;
    await opened.value.tokens.settled();
    await opened.value.store.retryPending();
  }

  /** Uses the open store if there is one: it knows more than the files. */
  async #look(): Promise<Result<Registry, string>> {
    const opened = await this.#opening;
    if (opened?.ok) {
      await opened.value.store.scan();
      return ok(opened.value.registry);
    }
    const registry = await this.#newRegistry();
    const dir = this.#config.accountsDir;
    const seen = await look({ dir, registry, now: this.#runtime.now() });
    return seen.ok ? ok(registry) : seen;
  }

  #open(): Promise<Result<Opened, string>> {
    return this.#opening ??= this.#openStore();
  }

  async #openStore(): Promise<Result<Opened, string>> {
    const { accountsDir: dir, authIssuer: issuer, codexVersion } = this.#config;
    const { after, elapsed, log, now } = this.#runtime;
    const registry = await this.#newRegistry();
    const store = await AccountStore.open({
      dir,
      registry,
      now,
      elapsed,
      after,
      log,
      // Our own output lists them.
      invalidFilesLog: { ...log, warn: log.debug },
    });
    if (!store.ok) return store;
    const tokens = new Tokens({
      runtime: this.#runtime,
      store: store.value,
      issuer,
      identity: identityOf(codexVersion, Deno.build).short,
      timeoutMs: ISSUER_TIMEOUT_MS,
    });
    return ok({ registry, store: store.value, tokens });
  }

  async #newRegistry(): Promise<Registry> {
    const { accountsDir: dir, affinity, routingPolicy: policy } = this.#config;
    const { elapsed, log, now, random } = this.#runtime;
    const { memory: state, unusable } = await loadState(dir, now());
    this.#unusableState = unusable;
    const options = { now, elapsed, policy, affinity, log, random, state };
    return new Registry(options);
  }
}

function gone(id: string): Result<never, string> {
  return err(`Account "${id}" is gone`);
}
