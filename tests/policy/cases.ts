/** Tables of decisions, as tests. */
import { assertEquals } from "@std/assert";
import { decide } from "../../lib/policy/decide.ts";
import type {
  AccountView,
  DecisionInput,
  Rule,
} from "../../lib/policy/input.ts";
import { input } from "./views.ts";

export type Case = readonly [
  name: string,
  accounts: readonly AccountView[],
  part: Partial<DecisionInput>,
  account: string | undefined,
  rule: Rule | undefined,
];

/** For a new session, by the policy `quota`. */
export type QuotaCase = readonly [
  name: string,
  accounts: readonly AccountView[],
  account: string,
  rule: Rule,
];

export function testDecisions(cases: readonly Case[]): void {
  for (const [name, accounts, part, account, rule] of cases) {
    Deno.test(`decide() takes ${name}`, () => {
      const decision = decide(input(accounts, part));
      assertEquals([decision.account, decision.rule], [account, rule]);
    });
  }
}

export function testQuota(cases: readonly QuotaCase[]): void {
  for (const [name, accounts, account, rule] of cases) {
    Deno.test(`quota takes ${name}`, () => {
      const decision = decide(input(accounts));
      assertEquals([decision.account, decision.rule], [account, rule]);
    });
  }
}
