import { assertEquals } from "@std/assert";
import { mistypedVariables } from "../../lib/cli/process/mistyped_variables.ts";

const CASES: ReadonlyArray<readonly [name: string, meant: string | undefined]> =
  [
    ["CODAZE_LISTN", "CODAZE_LISTEN"],
    ["CODAZE_LISTENN", "CODAZE_LISTEN"],
    ["CODAZE_LSITEN", "CODAZE_LISTEN"],
    ["CODAZE_LOG_LEVAL", "CODAZE_LOG_LEVEL"],
    ["CODAZE_LISTEN", undefined],
    ["CODAZE_ADMIN_LISTEN", undefined],
    ["CODAZE_SOMETHING_ELSE", undefined],
  ];

for (const [name, meant] of CASES) {
  Deno.test(`${name} is ${meant ? `taken for ${meant}` : "left alone"}`, () => {
    const env = (asked: string) => asked === name ? "x" : undefined;
    assertEquals(
      mistypedVariables(env),
      meant === undefined ? [] : [{ name, meant }],
    );
  });
}
