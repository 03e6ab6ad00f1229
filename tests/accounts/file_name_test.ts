import { assertEquals } from "@std/assert";
import {
  idOf,
  isAccountName,
  numbered,
} from "../../lib/accounts/files/file_name.ts";

const NAMES: ReadonlyArray<
  [name: string, anywhere: boolean, onWindows?: boolean]
> = [
  ["a.json", true],
  ["A.JSON", true],
  ["ä 😀 b.Json", true],
  ["two\nlines.json", true],
  ["a.json.json", true],
  ["~a.json", true],
  [".json", false],
  [".hidden.json", false],
  ["a.json~", false],
  ["#a.json#", false],
  [".#a.json", false],
  ["a.json.swp", false],
  [".a.json.swp", false],
  ["4913", false],
  ["a.jsonc", false],
  ["a.json ", false],
  ["json", false],
  ["con.json", true, false],
  ["Con.backup.json", true, false],
  ["con .json", true, false],
  ["NUL.JSON", true, false],
  ["com1.json", true, false],
  ["LPT9.json", true, false],
  ["com¹.json", true, false],
  ["CONOUT$.json", true, false],
  ["com.json", true],
  ["com10.json", true],
  ["console.json", true],
];

for (const [name, anywhere, onWindows = anywhere] of NAMES) {
  Deno.test(`isAccountName() of ${JSON.stringify(name)}`, () => {
    assertEquals(
      [isAccountName(name, "linux"), isAccountName(name, "windows")],
      [anywhere, onWindows],
    );
  });
}

Deno.test("idOf() is the stem; another case keeps its extension", () => {
  const names = ["a.json", "A.json", "a.JSON", "a.json.json", "a b.json"];
  assertEquals(names.map(idOf), ["a", "A", "a.JSON", "a.json", "a b"]);
});

for (
  const [name, n, expected] of [
    ["a.json", 1, "a.json"],
    ["a.json", 2, "a-2.json"],
    ["a.JSON", 3, "a-3.json"],
    ["a-2.json", 2, "a-2-2.json"],
  ] as const
) {
  Deno.test(`numbered() makes ${expected} of ${name} and ${n}`, () => {
    assertEquals(numbered(name, n), expected);
  });
}
