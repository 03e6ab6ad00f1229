import { assert, assertEquals } from "@std/assert";
import { concat } from "@std/bytes";
import {
  metadataWithInstallationId,
  withInstallationId,
} from "../../lib/upstream/client_metadata.ts";
import { type Random, seeded } from "../support/random.ts";
import { body } from "./support.ts";

const ID = "new-id";
const KEY = "x-codex-installation-id";
const TURN = "x-codex-turn-metadata";

function edited(text: string): string {
  return new TextDecoder().decode(concat(withInstallationId(body(text), ID)));
}

const nested = (text: string) => JSON.stringify(text);

const BODIES: ReadonlyArray<[what: string, before: string, after: string]> = [
  [
    "no metadata",
    '{"a":1e3}',
    `{"a":1e3,"client_metadata":{"${KEY}":"${ID}"}}`,
  ],
  [
    "null",
    '{"client_metadata":null,"z":1}',
    `{"client_metadata":{"${KEY}":"${ID}"},"z":1}`,
  ],
  [
    "empty metadata",
    '{"client_metadata": {} }',
    `{"client_metadata": {"${KEY}":"${ID}"} }`,
  ],
  [
    "an id",
    `{"client_metadata":{"b":"\\u00e9", "${KEY}" : "old","c":1.0}}`,
    `{"client_metadata":{"b":"\\u00e9", "${KEY}" : "${ID}","c":1.0}}`,
  ],
  [
    "an id inside",
    `{"client_metadata":{"${TURN}":${
      nested('{"installation_id":"old","x":[1.0, "é😀"]}')
    },"${KEY}":"old"},"input":[]}`,
    `{"client_metadata":{"${TURN}":${
      nested(`{"installation_id":"${ID}","x":[1.0, "é😀"]}`)
    },"${KEY}":"${ID}"},"input":[]}`,
  ],
  [
    "no id inside",
    `{"client_metadata":{"${TURN}":"{\\"t\\":1}"}}`,
    `{"client_metadata":{"${TURN}":"{\\"t\\":1}","${KEY}":"${ID}"}}`,
  ],
  ["a list", '{"client_metadata":[1]}', '{"client_metadata":[1]}'],
  ["a string", '{"client_metadata":"x"}', '{"client_metadata":"x"}'],
  [
    "text inside that is no JSON",
    `{"client_metadata":{"${KEY}":"old","${TURN}":"{oops"}}`,
    `{"client_metadata":{"${KEY}":"${ID}","${TURN}":"{oops"}}`,
  ],
  [
    "an object inside instead of text",
    `{"client_metadata":{"${KEY}":"old","${TURN}":{"installation_id":"o"}}}`,
    `{"client_metadata":{"${KEY}":"${ID}","${TURN}":{"installation_id":"o"}}}`,
  ],
];

for (const [what, before, after] of BODIES) {
  Deno.test(`withInstallationId: ${what}`, () => {
    assertEquals(edited(before), after);
  });
}

Deno.test("a body that names the id already keeps every byte", () => {
  const text = `{"client_metadata":{"${KEY}":"${ID}"}}`;
  assertEquals(edited(text), text);
});

function randomValue(random: Random, depth: number): unknown {
  const words = ["", "a", 'q"\\', "é😀", "\u0000\n\u2028", "installation_id"];
  switch (random.int(depth > 0 ? 6 : 4)) {
    case 0:
      return random.pick(words);
    case 1:
      return random.int(1000) / 8;
    case 2:
      return random.pick([true, false, null]);
    case 3:
      return JSON.stringify({ installation_id: random.pick(words) });
    case 4:
      return Array.from(
        { length: random.int(3) },
        () => randomValue(random, depth - 1),
      );
    default:
      return randomObject(random, depth - 1);
  }
}

function randomObject(random: Random, depth: number): Record<string, unknown> {
  const keys = ["a", "b", KEY, TURN, "installation_id", "é"];
  return Object.fromEntries(
    Array.from(
      { length: random.int(5) },
      () => [random.pick(keys), randomValue(random, depth)],
    ),
  );
}

/** The rule, said with parsed values. */
function expected(document: Record<string, unknown>): unknown {
  const copy = structuredClone(document);
  copy["client_metadata"] ??= {};
  const metadata = copy["client_metadata"];
  if (typeof metadata !== "object" || Array.isArray(metadata)) return copy;
  const members = metadata as Record<string, unknown>;
  members[KEY] = ID;
  const turn = members[TURN];
  if (typeof turn !== "string") return copy;
  const inside = parsed(turn);
  if (inside !== undefined && "installation_id" in inside) {
    members[TURN] = JSON.stringify({ ...inside, installation_id: ID });
  }
  return copy;
}

function parsed(text: string): Record<string, unknown> | undefined {
  try {
    const value = JSON.parse(text);
    const isObject = typeof value === "object" && value !== null &&
      !Array.isArray(value);
    return isObject ? value : undefined;
  } catch {
    return undefined;
  }
}

Deno.test("any body: parsed, the result is what the rule says", () => {
  const random = seeded(11);
  let replacedInside = 0;
  for (let round = 0; round < 3000; round++) {
    const document = randomObject(random, 2);
    if (random.int(8) > 0) {
      document["client_metadata"] = randomObject(random, 1);
    }
    if (random.oneIn(9)) document["client_metadata"] = randomValue(random, 1);
    const metadata = document["client_metadata"];
    if (random.oneIn(2) && typeof metadata === "object" && metadata !== null) {
      Object.assign(metadata, {
        [TURN]: JSON.stringify({
          ...randomObject(random, 1),
          installation_id: "old",
        }),
      });
    }
    const text = JSON.stringify(document, null, random.int(3));
    const wanted = expected(document);
    const got = JSON.parse(edited(text));
    assertEquals(normal(got), normal(wanted), text);
    if (edited(text).includes('\\"new-id\\"')) replacedInside++;
  }
  assert(replacedInside > 300, `${replacedInside}`);
});

/** Spacing within the turn metadata is free. */
function normal(value: unknown): unknown {
  return JSON.parse(
    JSON.stringify(value),
    (key, one) =>
      key === TURN && typeof one === "string" ? parsed(one) ?? one : one,
  );
}

Deno.test("metadataWithInstallationId leaves what is no such text", () => {
  for (
    const text of ["", "x", "[]", '{"a":1}', '{"installation_id":', "null"]
  ) {
    assertEquals(metadataWithInstallationId(text, ID), text);
  }
  assertEquals(
    metadataWithInstallationId(
      '{"installation_id":"a","installation_id":7}',
      ID,
    ),
    `{"installation_id":"${ID}"}`,
  );
});
