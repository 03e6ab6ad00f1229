/**
 * The options of a simulated account and their defaults.
 */

import { SimulatedAccount } from "./account.ts";

export interface AccountOptions {
  readonly name: string;
  readonly plan?: string;
  readonly email?: string;
  readonly accountId?: string;
  readonly userId?: string;
  readonly fedramp?: boolean;
  readonly tokenLifetimeMs?: number;
}

const HOUR_MS = 3_600_000;

export function newAccount(
  options: AccountOptions,
  now: () => number,
): SimulatedAccount {
  const { name, tokenLifetimeMs = HOUR_MS } = options;
  return new SimulatedAccount({
    name,
    tokenLifetimeMs,
    now,
    identity: {
      accountId: options.accountId ?? `acct-${name}`,
      userId: options.userId ?? `user-${name}`,
      email: options.email ?? `${name}@example.test`,
      plan: options.plan ?? "plus",
      fedramp: options.fedramp ?? false,
    },
  });
}
