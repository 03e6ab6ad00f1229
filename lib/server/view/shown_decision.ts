/** A decision about an account, with the reasons in words. Pure. */
import type { MadeDecision } from "../../accounts/pool/decisions.ts";
import { timeOf } from "../admin/quota_view.ts";
import { explainView } from "../admin/explain_view.ts";

/** Times are RFC 3339 in UTC; null for none. */
export interface ShownDecision {
  /** Counts from the start of the gateway. */
  readonly id: number;
  readonly at: string | null;
  /** The id of the account that was chosen; null: there was none. */
  readonly account: string | null;
  /** Its name at that time. */
  readonly name: string | null;
  readonly rule: string | null;
  readonly why: string;
  readonly policy: string;
  readonly model: string | null;
  /** The beginning of a hash. */
  readonly session: string | null;
  /** The accounts that were passed over, at most twenty of them. */
  readonly others: readonly PassedOver[];
  /** How many more there were. */
  readonly more: number;
}

export interface PassedOver {
  readonly name: string;
  /** Why, in words that go on after the name. */
  readonly why: string;
}

/** `nameOf` gives an account's name by its id. */
export function shownDecision(
  { input, decision, session }: MadeDecision,
  { id, nameOf }: {
    readonly id: number;
    readonly nameOf: (id: string) => string;
  },
): ShownDecision {
  const { why, accounts } = explainView({ input, decision }, {
    labels: new Map(),
    hasSession: session !== undefined,
  });
  const others = accounts.filter(({ chosen }) => !chosen);
  const { account } = decision;
  return {
    id,
    at: timeOf(input.now),
    account: account ?? null,
    name: account === undefined ? null : nameOf(account),
    rule: decision.rule ?? null,
    why,
    policy: input.policy,
    model: input.model ?? null,
    session: session ?? null,
    others: others.slice(0, MOST_OTHERS).map((one) => ({
      name: nameOf(one.id),
      why: one.why,
    })),
    more: Math.max(0, others.length - MOST_OTHERS),
  };
}

/** A person reads no more. */
const MOST_OTHERS = 20;
