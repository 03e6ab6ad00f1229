import { assertEquals } from "@std/assert";
import { figuresOf } from "../../scripts/figures.ts";

function lines(count: number, indent: string): string {
  return `${indent}step();\n`.repeat(count);
}

Deno.test("figuresOf() finds what is long, alone, open, circular and undefined", () => {
  const figures = figuresOf([
    {
      path: "a.ts",
      text: 'import { b } from "./b.ts";\n' +
        `export function long(\n  x: number,\n): void {\n${
          lines(40, "  ")
        }}\n` +
        `function short(): void {\n${lines(10, "  ")}}\n`,
    },
    {
      path: "b.ts",
      text: 'import type { A } from "./a.ts";\n' +
        "/** As in C14.4, and by RFC 9110. */\n" +
        "export class B {\n" +
        "  readonly fixed = 1;\n  #own = 2;\n  open = 3;\n" +
        `  async method(): Promise<void> {\n${lines(45, "    ")}  }\n` +
        "}\n",
    },
    { path: "c.ts", text: "" },
  ], new Set(["lib/a.ts"]));
  assertEquals(figures, {
    files: 3,
    medianLines: 54,
    longest: "a.ts (57)",
    shortFiles: ["c.ts (0)"],
    circles: ["a circle: lib/a.ts → lib/b.ts → lib/a.ts"],
    singleImporter: ["lib/b.ts"],
    longFunctions: ["a.ts: long (44)", "b.ts: method (47)"],
    mutableFields: ["b.ts: open"],
    undefinedReferences: ["b.ts: C14.4"],
  });
});
