/** Accounts, their tokens and files in the log, in words. Pure. */
import type { LogFields } from "../../runtime.ts";
import { localText } from "../terminal/words.ts";
import { nameIn, number, reasonIn, spanText, text, untilIn } from "./fields.ts";
import type { Sentences } from "./sentence.ts";

export const ACCOUNT_SENTENCES: Sentences = {
  "token refreshed": (fields) =>
    `${nameIn(fields)}: token refreshed in ${
      spanText(number(fields, "ms") ?? 0)
    }, ${WHY_REFRESHED.get(text(fields, "why")) ?? text(fields, "why")}`,
  "token not refreshed": (fields, { isOutage, isDetailed }) => {
    const isOfNetwork = text(fields, "kind") === "transport";
    return isOutage && isOfNetwork && !isDetailed
      ? ""
      : `${nameIn(fields)}: token not refreshed${reasonIn(fields)}`;
  },
  "a limit is used up": (fields, { now, hasInfo, isDetailed }) =>
    // The turn that was refused tells it.
    hasInfo && !isDetailed
      ? ""
      : `${nameIn(fields)} is spent${untilIn(fields, now)}`,
  "a limit is still used up": (fields, { now }) =>
    `${nameIn(fields)} is still spent${untilIn(fields, now)}`,
  "a limit is free ahead of time": (fields) =>
    `${nameIn(fields)} can serve again, ahead of time${reasonIn(fields)}`,
  "a week begins": (fields) => `${nameIn(fields)}: a new week begins`,
  "the page of usage was not read": (fields, { isOutage, isDetailed }) =>
    isOutage && !isDetailed
      ? ""
      : `${nameIn(fields)}: what is left could not be read${reasonIn(fields)}`,
  "account settings changed": (fields) =>
    `${nameIn(fields)} is now ${settingsIn(fields)}`,
  "account renamed": (fields) =>
    `${text(fields, "from")} is now called ${text(fields, "to")}`,
  "account woken": (fields) => `${nameIn(fields)} was woken`,
  "accounts woken": (fields) => `all accounts were woken${countIn(fields)}`,
  "routing policy changed": (fields) =>
    `the policy is now ${text(fields, "policy")}`,
  "account file moved to trash": (fields) =>
    `${fileIn(fields)} was moved to trash${reasonIn(fields)}`,
  "copy of account file kept in trash": (fields) =>
    `a copy of ${fileIn(fields)} is kept in trash${reasonIn(fields)}`,
  "account file ignored": (fields) =>
    `${text(fields, "file")} is no account${reasonIn(fields)}`,
  "account signed out: run codaze login, or codaze accounts remove": (
    fields,
  ) => {
    const at = text(fields, "since");
    const since = at === "" ? "" : ` since ${localText(at)}`;
    return `${nameIn(fields)} is signed out${since}${
      reasonIn(fields)
    }; run codaze login, or codaze accounts remove`;
  },
  "refreshed tokens are not in the account file yet": (fields) =>
    `${nameIn(fields)}: new tokens are not in the account file yet${
      reasonIn(fields)
    }`,
  "refreshed tokens are in the account file now": (fields) =>
    `${nameIn(fields)}: new tokens are in the account file now`,
};

const WHY_REFRESHED: ReadonlyMap<string, string> = new Map([
  ["proactive_expiry", "as the old one was about to expire"],
  ["unauthorized_recovery", "as upstream rejected the old one"],
  ["forced", "as a person asked for it"],
]);

/** What was changed, or all if that is not told. */
function settingsIn(fields: LogFields): string {
  const changed = text(fields, "changed").split(", ");
  const words = Object.entries(SETTINGS).flatMap(([name, word]) =>
    changed.includes(name) ? [word(fields[name])] : []
  );
  return words.length > 0 ? words.join(", ") : "set anew";
}

type Value = LogFields[string];

const SETTINGS: Readonly<Record<string, (value: Value) => string>> = {
  paused: (value) => value === true ? "paused" : "in use",
  priority: (value) => `of priority ${value}`,
  keep: (value) => `kept down to ${value}%`,
  weight: (value) =>
    value === undefined ? "of its plan's weight" : `of weight ${value}`,
};

function countIn(fields: LogFields): string {
  return ` (${text(fields, "accounts")})`;
}

function fileIn(fields: LogFields): string {
  const label = text(fields, "label");
  return label === "" ? text(fields, "file") : `the file of ${label}`;
}
