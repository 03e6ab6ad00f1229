import { assertEquals } from "@std/assert";
import { arrayElements, arrayText } from "../../lib/protocol/json_array.ts";

const encoder = new TextEncoder();
const decoder = new TextDecoder();

const ARRAYS: readonly string[] = [
  "[]",
  "[ ]",
  "[1]",
  '[1,"a,]b",{"c":[2,{}]},[],null]',
  ' [ 1 , "\\"" , 123456789012345678901234567890 ]'.trimStart(),
  '["\\ud83d\\ude00","é"]',
];

for (const text of ARRAYS) {
  Deno.test(`arrayElements finds what JSON.parse finds in ${text}`, () => {
    const bytes = encoder.encode(text);
    const elements = arrayElements(bytes, 0) ?? [];
    const texts = elements.map(({ start, end }) =>
      decoder.decode(bytes.subarray(start, end))
    );
    assertEquals(texts.map((one) => JSON.parse(one)), JSON.parse(text));
    assertEquals(JSON.parse(arrayText(bytes, elements)), JSON.parse(text));
  });
}

Deno.test("arrayText keeps the bytes of what is kept", () => {
  const bytes = encoder.encode('[ 1e400 , {"a": 12345678901234567890 } ,3]');
  const kept = (arrayElements(bytes, 0) ?? []).slice(0, 2);
  assertEquals(arrayText(bytes, kept), '[1e400,{"a": 12345678901234567890 }]');
});

for (const text of ["", "1", "{}", "[", "[1", "[1,", "[1 2]", "[,1]", "[1,]"]) {
  Deno.test(`arrayElements refuses ${JSON.stringify(text)}`, () => {
    assertEquals(arrayElements(encoder.encode(text), 0), undefined);
  });
}
