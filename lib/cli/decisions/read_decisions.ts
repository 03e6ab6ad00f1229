/**
 * Reads recorded decisions: the answer of `/admin/decisions?full=1`, or JSON
 * lines with one decision each. Pure, and total: an error says where it is and
 * what.
 */
import {
  type AccountView,
  type DecisionInput,
  POLICY_NAMES,
} from "../../policy/input.ts";
import { type JsonObject, parseObject } from "../../protocol/json.ts";
import { cut } from "../../protocol/quote.ts";
import type { Window } from "../../quota/quota.ts";
import { err, ok, type Result } from "../../result.ts";
import { FieldReader } from "./field_reader.ts";

export interface RecordedDecision {
  readonly input: DecisionInput;
  /** As it was made; undefined: no account. */
  readonly account: string | undefined;
  readonly rule: string | undefined;
  /** The beginning of the session's hash. */
  readonly session: string | undefined;
}

type Read = Result<readonly RecordedDecision[], string>;

export function readDecisions(text: string): Read {
  const whole = parseObject(text);
  if (whole === undefined || !Object.hasOwn(whole, "decisions")) {
    return readLines(text);
  }
  const listed = whole["decisions"];
  if (!Array.isArray(listed)) return err('"decisions" is not a list');
  return readAll(
    listed.map((value, at) => ({ where: `decisions[${at}]`, value })),
  );
}

function readLines(text: string): Read {
  const lines = text.split("\n")
    .map((line, at) => ({ line: line.trim(), where: `line ${at + 1}` }))
    .filter(({ line }) => line !== "");
  if (lines.length === 0) return err("there is nothing in it");
  const values: Found[] = [];
  for (const { line, where } of lines) {
    const value = parseObject(line);
    if (value === undefined) {
      return err(`${where} is not a JSON object: "${cut(line)}"`);
    }
    values.push({ where, value });
  }
  return readAll(values);
}

interface Found {
  readonly where: string;
  readonly value: unknown;
}

function readAll(found: readonly Found[]): Read {
  const decisions: RecordedDecision[] = [];
  for (const { where, value } of found) {
    const fields = new FieldReader();
    const decision = readDecision(value, fields);
    if (fields.problem !== undefined) return err(`${where}: ${fields.problem}`);
    decisions.push(decision);
  }
  return ok(decisions);
}

function readDecision(value: unknown, fields: FieldReader): RecordedDecision {
  const decision = fields.object(value, "decision");
  const text = (key: string) =>
    fields.optional(decision[key], key, (one, at) => fields.text(one, at));
  return {
    input: readInput(fields.object(decision["input"], "input"), fields),
    account: text("account"),
    rule: text("rule"),
    session: text("session"),
  };
}

function readInput(input: JsonObject, fields: FieldReader): DecisionInput {
  const text = (key: string) =>
    fields.optional(input[key], key, (one, at) => fields.text(one, at));
  const list = <T>(key: string, read: (one: unknown, at: string) => T) =>
    fields.list(input[key], key).map((one, at) => read(one, `${key}[${at}]`));
  return {
    now: fields.number(input["now"], "now"),
    policy: fields.oneOf(POLICY_NAMES, input["policy"], "policy"),
    model: text("model"),
    owner: text("owner"),
    isConnected: fields.optional(
      input["isConnected"],
      "isConnected",
      (one, at) => fields.flag(one, at),
    ),
    standIn: text("standIn"),
    inTurn: fields.flag(input["inTurn"], "inTurn"),
    tried: list("tried", (one, at) => fields.text(one, at)),
    doubts: list("doubts", (one, at) => fields.oneOf(DOUBTS, one, at)),
    lastPicked: text("lastPicked"),
    accounts: list(
      "accounts",
      (one, at) => readAccount(fields.object(one, at), at, fields),
    ),
  };
}

const DOUBTS = ["doubtful", "told", "untested"] as const;
const READINESS = ["ready", ...DOUBTS, "away"] as const;
const CLASSES = ["short", "week", "long"] as const;

function readAccount(
  account: JsonObject,
  at: string,
  fields: FieldReader,
): AccountView {
  const number = (key: string) => fields.number(account[key], `${at}.${key}`);
  const flag = (key: string) => fields.flag(account[key], `${at}.${key}`);
  const time = (key: string) =>
    fields.optional(
      account[key],
      `${at}.${key}`,
      (one, path) => fields.number(one, path),
    );
  return {
    id: fields.text(account["id"], `${at}.id`),
    readiness: fields.oneOf(READINESS, account["readiness"], `${at}.readiness`),
    why: fields.optional(
      account["why"],
      `${at}.why`,
      (one, path) => fields.text(one, path),
    ),
    until: time("until"),
    inFlight: number("inFlight"),
    lastSelectedAt: time("lastSelectedAt"),
    windows: fields.optional(
      account["windows"],
      `${at}.windows`,
      (one, path) =>
        fields.list(one, path).map((window, index) =>
          readWindow(window, `${path}[${index}]`, fields)
        ),
    ),
    hasCredits: flag("hasCredits"),
    weight: number("weight"),
    paused: flag("paused"),
    priority: number("priority"),
    keep: number("keep"),
  };
}

function readWindow(value: unknown, at: string, fields: FieldReader): Window {
  const window = fields.object(value, at);
  const optional = (key: string) =>
    fields.optional(
      window[key],
      `${at}.${key}`,
      (one, path) => fields.number(one, path),
    );
  return {
    class: fields.oneOf(CLASSES, window["class"], `${at}.class`),
    minutes: optional("minutes"),
    used: fields.number(window["used"], `${at}.used`),
    resetsAt: optional("resetsAt"),
    running: fields.flag(window["running"], `${at}.running`),
  };
}
