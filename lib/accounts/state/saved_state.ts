/**
 * What is kept over a restart: readings, blocks and settings by person, and the
 * homes of sessions. Holds no token, label, email or prompt: people and sessions
 * are keyed hashes.
 *
 * Plain data and its JSON form. Reading is total: what is not right is as if it
 * were absent.
 */
import { MAX_SAVED_PEOPLE, MAX_SESSIONS, STATE_AGE_MS } from "../../limits.ts";
import {
  isObject,
  type JsonObject,
  numberField,
  objectField,
  parseObject,
  stringField,
} from "../../protocol/json.ts";
import type { PersonFacts } from "../pool/person_record.ts";
import type { PoolMemory } from "../pool/memory.ts";
import { isWorthSaving, readPerson, writePerson } from "./saved_person.ts";

/** A file of another version is not read: it is a cache. */
const VERSION = 1;
const SALT_BYTES = 32;
const URL_SAFE = { alphabet: "base64url" } as const;

/** The state of a first start. */
export function newState(now: number): PoolMemory {
  return {
    salt: crypto.getRandomValues(new Uint8Array(SALT_BYTES)),
    since: now,
    people: new Map(),
    sessions: [],
  };
}

export function writeState(state: PoolMemory, now: number): string {
  return JSON.stringify({
    version: VERSION,
    saved_at: now,
    since: state.since,
    salt: state.salt.toBase64(URL_SAFE),
    people: Object.fromEntries(
      [...state.people].filter(([, facts]) => isWorthSaving(facts))
        .map(([key, facts]) => [key, writePerson(facts)]),
    ),
    sessions: state.sessions.map(({ session, person, usedAt }) => [
      session,
      person,
      usedAt,
    ]),
  });
}

/**
 * Settings are kept however old they are; readings, blocks and sessions of more
 * than 8 days ago are not. Undefined for what is no state of this version.
 */
export function readState(text: string, now: number): PoolMemory | undefined {
  const file = parseObject(text);
  if (file === undefined || numberField(file, "version") !== VERSION) {
    return undefined;
  }
  const salt = saltIn(file);
  const since = numberField(file, "since");
  const people = objectField(file, "people");
  if (salt === undefined || since === undefined || !people) {
    return undefined;
  }
  return {
    salt,
    // Ids that are made of it should not look older than what is remembered.
    since: since <= now && now - since <= STATE_AGE_MS ? since : now,
    people: new Map(peopleIn(people, now)),
    sessions: sessionsIn(file["sessions"], now),
  };
}

function saltIn(file: JsonObject): Uint8Array | undefined {
  try {
    const salt = Uint8Array.fromBase64(
      stringField(file, "salt") ?? "",
      URL_SAFE,
    );
    return salt.length === SALT_BYTES ? salt : undefined;
  } catch {
    return undefined;
  }
}

const HASH = /^[\w+/=-]{16,64}$/;

function peopleIn(
  people: JsonObject,
  now: number,
): readonly (readonly [string, PersonFacts])[] {
  return Object.entries(people).slice(0, MAX_SAVED_PEOPLE)
    .flatMap(([key, value]) => {
      const facts = isObject(value) ? readPerson(value, now) : undefined;
      return facts && HASH.test(key) ? [[key, facts] as const] : [];
    });
}

function sessionsIn(list: unknown, now: number): PoolMemory["sessions"] {
  if (!Array.isArray(list)) return [];
  return list.slice(-MAX_SESSIONS).flatMap((entry: unknown) => {
    if (!Array.isArray(entry)) return [];
    const [session, person, usedAt]: readonly unknown[] = entry;
    const isRight = typeof session === "string" && HASH.test(session) &&
      typeof person === "string" && HASH.test(person) &&
      typeof usedAt === "number" && usedAt <= now &&
      now - usedAt <= STATE_AGE_MS;
    return isRight ? [{ session, person, usedAt }] : [];
  });
}
