import { assert, assertEquals } from "@std/assert";
import { concat } from "@std/bytes";
import { bytesWithout, headersWithout } from "../../lib/upstream/secrets.ts";
import { randomBytes, seeded } from "../support/random.ts";

const encoder = new TextEncoder();
const TOKEN = `eyJhbGciOiJub25lIn0.${"ab".repeat(30)}.c2lnbmF0dXJl`;
const OTHER = "rt_another-token-of-it";
const MARK = "[redacted]";

function told(text: string, secrets = [TOKEN, OTHER]): string {
  return new TextDecoder().decode(bytesWithout(encoder.encode(text), secrets));
}

const TEXTS: ReadonlyArray<[text: string, told: string]> = [
  ["", ""],
  ["nothing", "nothing"],
  [TOKEN, MARK],
  [`Bearer ${TOKEN}`, `Bearer ${MARK}`],
  [`{"a":"${TOKEN}","b":"${OTHER}"}`, `{"a":"${MARK}","b":"${MARK}"}`],
  [`${TOKEN}${TOKEN}ä${TOKEN}`, `${MARK}${MARK}ä${MARK}`],
  // What begins like one and is none stays, and hides none behind it.
  [`${TOKEN.slice(0, 50)}${TOKEN}`, `${TOKEN.slice(0, 50)}${MARK}`],
  [TOKEN.slice(1), TOKEN.slice(1)],
];

for (const [text, expected] of TEXTS) {
  Deno.test(`no token is left in ${JSON.stringify(text.slice(0, 40))}`, () => {
    assertEquals(told(text), expected);
  });
}

Deno.test("what holds no token is the very same memory", () => {
  const bytes = randomBytes(seeded(31), 5000);
  assert(bytesWithout(bytes, [TOKEN, OTHER]) === bytes);
  const headers = new Headers({ a: "b" });
  assert(headersWithout(headers, [TOKEN, OTHER]) === headers);
});

Deno.test("a token is found in a header, and the others stay", () => {
  const headers = new Headers({ "x-echo": `Bearer ${TOKEN}`, "x-other": "1" });
  assertEquals([...headersWithout(headers, [TOKEN])], [
    ["x-echo", `Bearer ${MARK}`],
    ["x-other", "1"],
  ]);
  assertEquals(headers.get("x-echo"), `Bearer ${TOKEN}`);
});

Deno.test("what is too short for a token is not looked for", () => {
  assertEquals(told("tttt", ["t", ""]), "tttt");
  const headers = new Headers({ a: "tttt" });
  assertEquals(headersWithout(headers, ["t", ""]).get("a"), "tttt");
});

Deno.test("tokens are taken out of any bytes, and no byte beside them", () => {
  const random = seeded(32);
  // Tokens that repeat themselves, and pieces of them all around.
  const tokens = [
    "a".repeat(20),
    "ab".repeat(12),
    "aab".repeat(9),
    TOKEN,
  ];
  for (let round = 0; round < 1000; round++) {
    const token = random.pick(tokens);
    const parts = Array.from({ length: random.int(8) }, () => {
      const piece = token.slice(random.int(token.length));
      return random.pick([
        encoder.encode(token),
        encoder.encode(piece.slice(0, random.int(piece.length))),
        randomBytes(random, random.int(40)),
        encoder.encode("ä€😀"),
      ]);
    });
    const bytes = concat(parts);
    assertEquals(latin1(bytesWithout(bytes, [token])), replaced(bytes, token));
  }
});

/** The same by the text of one character for each byte. */
function replaced(bytes: Uint8Array, token: string): string {
  return latin1(bytes).replaceAll(token, MARK);
}

function latin1(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => String.fromCharCode(byte)).join("");
}
