/** A person's record as JSON, and back. Total, as `saved_state.ts` says. */
import {
  MAX_QUOTA_LIMITS,
  MAX_RESET_MS,
  MAX_WINDOW_MINUTES,
  STATE_AGE_MS,
} from "../../limits.ts";
import {
  isObject,
  type JsonObject,
  numberField,
  objectField,
  stringField,
} from "../../protocol/json.ts";
import type { Block } from "../../quota/block.ts";
import { limitId, shortText } from "../../quota/fields.ts";
import type {
  Credits,
  Limit,
  Quota,
  Window,
  WindowClass,
} from "../../quota/quota.ts";
import type { PersonFacts } from "../pool/person_record.ts";
import {
  NO_SETTINGS,
  type Settings,
  SETTINGS_RANGE,
} from "../pool/settings.ts";

export function writePerson({ quota, blocks, settings }: PersonFacts): unknown {
  return {
    settings,
    blocks,
    quota: quota && { ...quota, limits: [...quota.limits.values()] },
  };
}

/** Whether anything is known of the person, or set for them. */
export function isWorthSaving(
  { quota, blocks, settings }: PersonFacts,
): boolean {
  const { paused, priority, keep, weight } = settings;
  return quota !== undefined || blocks.length > 0 || paused ||
    priority !== 0 || keep !== 0 || weight !== undefined;
}

export function readPerson(person: JsonObject, now: number): PersonFacts {
  const quota = objectField(person, "quota");
  return {
    settings: settingsIn(objectField(person, "settings") ?? {}),
    blocks: objectsIn(person["blocks"]).flatMap((one) =>
      blockIn(one, now) ?? []
    ),
    quota: quota && quotaIn(quota, now),
  };
}

function settingsIn(settings: JsonObject): Settings {
  const { priority, keep, weight } = SETTINGS_RANGE;
  return {
    paused: settings["paused"] === true,
    priority: inRange(settings, "priority", priority) ?? NO_SETTINGS.priority,
    keep: inRange(settings, "keep", keep) ?? NO_SETTINGS.keep,
    weight: inRange(settings, "weight", weight),
  };
}

function inRange(
  object: JsonObject,
  key: string,
  { least, most }: { readonly least: number; readonly most: number },
): number | undefined {
  const value = numberField(object, key);
  return value !== undefined && value >= least && value <= most
    ? value
    : undefined;
}

function blockIn(block: JsonObject, now: number): Block | undefined {
  const limit = limitId(block["limit"]);
  const since = timeIn(block, "since", now);
  const until = numberField(block, "until");
  const lookAt = numberField(block, "lookAt");
  const isRight = limit !== undefined && since !== undefined &&
    until !== undefined && lookAt !== undefined && until > now &&
    lookAt >= since &&
    until - since <= STATE_AGE_MS;
  if (!isRight) return undefined;
  return {
    limit,
    model: shortText(block["model"]),
    since,
    until,
    told: block["told"] === true,
    lookAt: Math.min(lookAt, until),
    looks: inRange(block, "looks", COUNT) ?? 0,
    untested: block["untested"] === true,
    patience: inRange(block, "patience", COUNT) ?? 0,
  };
}

const COUNT = { least: 0, most: 1000 };

function quotaIn(quota: JsonObject, now: number): Quota | undefined {
  const at = timeIn(quota, "at", now);
  if (at === undefined) return undefined;
  const limits = objectsIn(quota["limits"])
    .flatMap((one) => limitIn(one, now) ?? []).slice(0, MAX_QUOTA_LIMITS);
  return {
    plan: shortText(quota["plan"]),
    limits: new Map(limits.map((limit) => [limit.id, limit])),
    credits: creditsIn(objectField(quota, "credits")),
    resetCredits: inRange(quota, "resetCredits", COUNT),
    at,
    source: "saved",
  };
}

function limitIn(limit: JsonObject, now: number): Limit | undefined {
  const id = limitId(limit["id"]);
  const at = timeIn(limit, "at", now);
  if (id === undefined || at === undefined) return undefined;
  const windows = objectsIn(limit["windows"]).flatMap((one) =>
    windowIn(one, now) ?? []
  );
  return {
    id,
    name: shortText(limit["name"]),
    windows: windows.slice(0, CLASSES.size),
    at,
    source: "saved",
  };
}

function windowIn(window: JsonObject, now: number): Window | undefined {
  const kind = stringField(window, "class");
  const used = inRange(window, "used", { least: 0, most: 100 });
  if (!isClass(kind) || used === undefined) return undefined;
  return {
    class: kind,
    minutes: inRange(window, "minutes", { least: 1, most: MAX_WINDOW_MINUTES }),
    used,
    resetsAt: inRange(window, "resetsAt", {
      least: 0,
      most: now + MAX_RESET_MS,
    }),
    running: window["running"] === true,
  };
}

const CLASSES: ReadonlySet<string> = new Set(["short", "week", "long"]);

function isClass(text: string | undefined): text is WindowClass {
  return text !== undefined && CLASSES.has(text);
}

function creditsIn(credits: JsonObject | undefined): Credits | undefined {
  return credits && {
    hasCredits: credits["hasCredits"] === true,
    unlimited: credits["unlimited"] === true,
    balance: shortText(credits["balance"]),
    overageReached: credits["overageReached"] === true,
  };
}

/** A time that is neither in the future nor too long ago. */
function timeIn(
  object: JsonObject,
  key: string,
  now: number,
): number | undefined {
  const at = numberField(object, key);
  return at !== undefined && at <= now && now - at <= STATE_AGE_MS
    ? at
    : undefined;
}

function objectsIn(list: unknown): readonly JsonObject[] {
  return Array.isArray(list) ? list.filter(isObject) : [];
}
