/** The answer of `GET /admin/explain`: who would serve, who not, and why. */
import type {
  AccountView,
  Decision,
  DecisionInput,
} from "../../policy/input.ts";
import { behindWords, outWords, ruleWords } from "./decision_words.ts";

export interface ExplainView {
  readonly policy: string;
  readonly model: string | null;
  /** Whether an account is the home of the session; null without a session. */
  readonly session_known: boolean | null;
  /** Null if no account would serve. */
  readonly account: string | null;
  readonly rule: string | null;
  readonly why: string;
  readonly accounts: readonly ExplainedAccount[];
}

export interface ExplainedAccount {
  readonly id: string;
  readonly label: string | null;
  /** Whether it is the one that would serve. */
  readonly chosen: boolean;
  /** Why it may not serve; null if it may. */
  readonly out: string | null;
  readonly why: string;
}

export function explainView(
  { input, decision }: {
    readonly input: DecisionInput;
    readonly decision: Decision;
  },
  { labels, hasSession }: {
    readonly labels: ReadonlyMap<string, string | undefined>;
    readonly hasSession: boolean;
  },
): ExplainView {
  const chosen = input.accounts.find(({ id }) => id === decision.account);
  const why = ruleWords(decision, input);
  const explained = (account: AccountView): ExplainedAccount => {
    const { id } = account;
    const out = decision.out.find((one) => one.id === id)?.why;
    const isChosen = id === decision.account;
    const facts = { chosen, rule: decision.rule, now: input.now };
    return {
      id,
      label: labels.get(id) ?? null,
      chosen: isChosen,
      out: out ?? null,
      why: isChosen
        ? why
        : out === undefined
        ? behindWords(account, facts)
        : outWords(account, out, input.now),
    };
  };
  return {
    policy: input.policy,
    model: input.model ?? null,
    session_known: hasSession ? input.owner !== undefined : null,
    account: decision.account ?? null,
    rule: decision.rule ?? null,
    why,
    accounts: input.accounts.map(explained),
  };
}
