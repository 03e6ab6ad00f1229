/** What must hold when several programs have used the same account files. */
import { assert, assertEquals } from "@std/assert";
import { join } from "@std/path";
import { JOURNAL_FOLDER } from "../../lib/accounts/refresh/journal.ts";
import { isSpentName } from "../../lib/accounts/refresh/spent.ts";
import type { SimulatedAccount } from "../../lib/simulator/accounts/account.ts";
import type { TestGateway } from "./gateway.ts";
import type { Load } from "./load.ts";
import { assertNobodyBlamed, assertQuiet } from "./quiet.ts";

/** The refresh token in an account file, in either layout. */
export async function tokenIn(dir: string, name: string): Promise<string> {
  const text = await Deno.readTextFile(join(dir, `${name}.json`));
  const file = JSON.parse(text);
  return (file.tokens ?? file).refresh_token;
}

/** Names of what refreshes have left half done beside the account files. */
export async function sideFiles(dir: string): Promise<readonly string[]> {
  try {
    const folder = Deno.readDir(join(dir, JOURNAL_FOLDER));
    const names = (await Array.fromAsync(folder)).map(({ name }) => name);
    return names.filter((name) => !isSpentName(name));
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return [];
    throw error;
  }
}

/** Whether files and gateways have the one token that may be used next. */
export async function haveCurrent(
  account: SimulatedAccount,
  gateways: readonly TestGateway[],
): Promise<boolean> {
  const current = account.currentRefreshToken();
  for (const { gateway, dir } of gateways) {
    const held = gateway.registry.get(account.name);
    if (held?.refreshToken !== current || held.refreshInFlight) return false;
    if (await tokenIn(dir, account.name) !== current) return false;
  }
  return true;
}

/** Every turn answered, every login alive, nobody blamed, nothing left over. */
export async function assertUnharmed(
  gateways: readonly TestGateway[],
  loads: readonly Load[],
): Promise<void> {
  for (const load of loads) {
    assertEquals([...new Set(load.failures)].slice(0, 5), []);
    assert(load.completed > 0);
  }
  for (const gateway of gateways) {
    await assertQuiet(gateway);
    await assertNobodyBlamed(gateway);
    assertEquals(await sideFiles(gateway.dir), []);
    for (const account of gateway.simulator.accounts) {
      assert(!account.familyRevoked, account.name);
      assert(await haveCurrent(account, gateways), account.name);
    }
  }
}
