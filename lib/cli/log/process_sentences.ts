/** The gateway's own start, troubles and stop in the log, in words. Pure. */
import type { LogFields } from "../../runtime.ts";
import { counted } from "../terminal/words.ts";
import { number, reasonIn, spanText, text } from "./fields.ts";
import type { Sentences } from "./sentence.ts";

export const PROCESS_SENTENCES: Sentences = {
  "started": (fields) =>
    `Codaze ${text(fields, "version")}, policy ${text(fields, "policy")}`,
  "public port": (fields) => `public port  ${text(fields, "url")}`,
  // The page is what a person opens.
  "admin port": (fields) =>
    `admin port   ${text(fields, "url").replace(/\/admin\/accounts$/, "/")}`,
  "accounts": (fields) => {
    const names = text(fields, "names");
    const count = number(fields, "accounts") ?? 0;
    return `${counted(count, "account")} in ${text(fields, "folder")}${
      names === "" ? "" : `: ${shortList(names, count)}`
    }`;
  },
  "accounts loaded": (fields, { isStarting, isDetailed }) =>
    isStarting && !isDetailed
      ? ""
      : `${counted(number(fields, "accounts") ?? 0, "account")} loaded`,
  "caller refused": (fields) => {
    const param = text(fields, "param");
    return `refused ${text(fields, "method")} ${text(fields, "path")} (${
      text(fields, "status")
    }): ${whyRefused(fields)}${param && ` ${param}`}`;
  },
  "more callers refused": (fields) =>
    `${text(fields, "count")} more callers refused: ${
      text(fields, "code").replaceAll("_", " ")
    }`,
  "trouble": (fields) => `trouble: ${text(fields, "problem")}`,
  "trouble is over": (fields) =>
    `no trouble any more: ${text(fields, "problem")}`,
  "event loop stood still": (fields) =>
    `nothing was answered for ${spanText(number(fields, "ms") ?? 0)}`,
  "listener lost": (fields) =>
    `the ${text(fields, "port")} port was lost${reasonIn(fields)}; ` +
    `it is reopened in ${spanText(number(fields, "again_in_ms") ?? 0)}`,
  "listening again": (fields) =>
    `the ${text(fields, "port")} port is open again`,
  "stopping": (fields) => {
    const signal = text(fields, "signal");
    return `stopping${signal === "" ? reasonIn(fields) : ` (${signal})`}`;
  },
  "stopped at once": (fields) => `stopped at once${waitingIn(fields)}`,
  "stop takes too long": (fields) =>
    `stopping takes too long${waitingIn(fields)}`,
};

function whyRefused(fields: LogFields): string {
  const reason = text(fields, "reason");
  const flag = /--allowed-\S+ \S+$/.exec(reason)?.[0];
  if (flag !== undefined) return `${flag} would let it in`;
  const words = reason.replace(`: ${text(fields, "path")}`, "") ||
    text(fields, "code").replaceAll("_", " ");
  return words.slice(0, 1).toLowerCase() + words.slice(1);
}

const MAX_LIST = 50;

/** Names, as many as fit; how many there are in all is `count`. */
function shortList(names: string, count: number): string {
  const all = names.split(", ");
  const shown: string[] = [];
  for (const name of all) {
    if ([...shown, name].join(", ").length > MAX_LIST) break;
    shown.push(name);
  }
  const left = count - shown.length;
  return left > 0 && shown.length > 0
    ? `${shown.join(", ")} and ${left} more`
    : names;
}

function waitingIn(fields: LogFields): string {
  const waiting = text(fields, "waiting_for");
  return waiting === "" ? "" : `, while waiting for ${waiting}`;
}
