import {
  numberField,
  objectField,
  parseObject,
  stringField,
} from "../../lib/protocol/json.ts";
import { assertEquals } from "@std/assert";

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
