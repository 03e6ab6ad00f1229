/**
 * Why an account serves, or does not, in words for a person. Pure.
 *
 * One sentence part each, without a full stop and without the account's name.
 */
import type {
  AccountView,
  Decision,
  DecisionInput,
  Out,
  Rule,
} from "../../policy/input.ts";
import { backAt } from "../../policy/serving.ts";
import { isRunning, left, mainWindow, rest } from "../../policy/windows.ts";
import { durationText } from "./duration_text.ts";

/** Why the chosen account serves. */
export function ruleWords(
  { account: id, rule, out }: Decision,
  { accounts, now }: DecisionInput,
): string {
  const account = accounts.find((one) => one.id === id);
  if (account === undefined || rule === undefined) {
    return accounts.length === 0
      ? "there are no accounts"
      : "no account may serve";
  }
  if (rule !== "only") return RULES[rule](account, now);
  return out.length === accounts.length - 1
    ? "no other account may serve"
    : `no other account that may serve has a priority as high as ${account.priority}`;
}

const RULES: Readonly<
  Record<Exclude<Rule, "only">, (account: AccountView, now: number) => string>
> = {
  owner: () => "the session is at home there, with its cached prompt",
  in_turn: () => "the turn has begun there, and upstream lets it end there",
  open: () => "its week is not running, and begins with this turn",
  expiring: (account, now) =>
    `the rest of its week is most in danger: ${restWords(account, now)}`,
  unknown: () =>
    "nothing is known of any account, and it has the fewest turns in flight",
  least_in_flight: () => "it has the fewest turns in flight",
  round_robin: () => "it is next in turn",
  fill_first: () => "it is the first by id that may serve",
  last_resort: () =>
    "no account may serve, so the most hopeful one is asked: upstream has the last word",
};

/** Why an account that may serve does not. `chosen` is the one that does. */
export function behindWords(
  account: AccountView,
  { chosen, rule, now }: {
    readonly chosen: AccountView | undefined;
    readonly rule: Rule | undefined;
    readonly now: number;
  },
): string {
  if (rule === "owner" || rule === "in_turn") {
    return "may serve, but the session stays where it is";
  }
  if (chosen !== undefined && chosen.priority > account.priority) {
    return `may serve, but its priority is lower (${account.priority})`;
  }
  return `may serve, but comes later: ${restWords(account, now)}`;
}

/** Why an account may not serve. */
export function outWords(account: AccountView, why: Out, now: number): string {
  switch (why) {
    case "tried":
      return "was asked already";
    case "paused":
      return "paused: codaze accounts resume brings it back";
    case "spent":
      return `used up${untilWords(backAt(account, now), now)}`;
    case "kept":
      return `down to the ${account.keep}% that it keeps for its owner${
        untilWords(backAt(account, now), now)
      }`;
    case "away":
      return awayWords(account, now);
  }
}

function awayWords(
  { why = "", until, readiness }: AccountView,
  now: number,
): string {
  const words = AWAY[why] ?? why.replaceAll("_", " ");
  const guess = readiness === "doubtful" ? ", by a guess of ours" : "";
  return `${words}${untilWords(until, now)}${guess}`;
}

const AWAY: Readonly<Record<string, string>> = {
  invalid: "signed out: codaze login",
  duplicate: "another account of the same person serves",
  quota_exhausted: "out of quota: upstream has refused it",
  rate_limited: "rate limited",
  risk_controlled: "held back, because upstream found it suspicious",
  temporarily_unavailable: "upstream had trouble with it",
};

function untilWords(until: number | undefined, now: number): string {
  return until === undefined || until <= now
    ? ""
    : `, for another ${durationText(until - now)}`;
}

/** What is left of the window that work is planned for. */
export function restWords(account: AccountView, now: number): string {
  const window = mainWindow(account);
  if (window === undefined) return "nothing is known of its quota";
  const percent = `${Math.round(rest(window, now))}% left`;
  return isRunning(window, now)
    ? `${percent} for ${durationText(left(window, now))}`
    : `${percent}, not running`;
}
