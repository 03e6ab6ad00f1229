import {
  numberField,
  objectField,
  parseObject,
  stringField,
} from "../../lib/protocol/json.ts";
import { assertEquals } from "@std/assert";
import { randomObject } from "../support/json_documents.ts";
import { seeded } from "../support/random.ts";

const NOT_OBJECTS = ["", "{", "[]", "null", "1", '"a"', "{} x", "\ufeff{}"];

for (const text of NOT_OBJECTS) {
  Deno.test(`parseObject gives undefined for ${JSON.stringify(text)}`, () => {
    assertEquals(parseObject(text), undefined);
  });
}

Deno.test("parseObject gives the object", () => {
  assertEquals(parseObject(' {"a": 1}\n'), { a: 1 });
});

Deno.test("the field readers give a field of their own type only", () => {
  const fields = { text: "a", number: 0, object: {}, list: [], none: null };
  const read = (reader: (o: typeof fields, key: string) => unknown) =>
    Object.keys(fields).filter((key) => reader(fields, key) !== undefined);
  assertEquals(read(stringField), ["text"]);
  assertEquals(read(numberField), ["number"]);
  assertEquals(read(objectField), ["object"]);
});

Deno.test("the field readers do not see what every object inherits", () => {
  assertEquals(objectField({}, "__proto__"), undefined);
  assertEquals(
    objectField(parseObject('{"__proto__":{"a":1}}') ?? {}, "__proto__"),
    { a: 1 },
  );
});

Deno.test("parseObject gives what JSON.parse gives, long or short, whole or damaged", () => {
  const random = seeded(51);
  const expected = (text: string): unknown => {
    try {
      return JSON.parse(text);
    } catch {
      return undefined;
    }
  };
  let long = 0;
  for (let round = 0; round < 1000; round++) {
    const text = randomObject(random, 4);
    if (text.length > 1000) long++;
    assertEquals(parseObject(text), JSON.parse(text), text);
    // One byte less never makes another kind of value of an object.
    const at = random.int(text.length);
    const damaged = text.slice(0, at) + text.slice(at + 1);
    if (damaged.startsWith("{")) {
      assertEquals(parseObject(damaged), expected(damaged), damaged);
    }
  }
  assertEquals(long > 50, true, `${long} long ones`);
});
