import { assertEquals, assertStringIncludes } from "@std/assert";
import { terminalSvg } from "../../scripts/screenshots/terminal_svg.ts";

const OPTIONS = { columns: 20, rows: 2, title: "a <b>" };

/** What is drawn, without where. */
function drawn(screen: string): readonly string[] {
  const svg = terminalSvg(screen, OPTIONS);
  const [, ...pieces] = svg.matchAll(/<rect[^>]*>|<text[^>]*>([^<]*)/g);
  return pieces.map(([all, text]) => {
    const [, x] = /x="(\d+)"/.exec(all) ?? [];
    const bold = all.includes("bold") ? " bold" : "";
    const [, color] = /fill="(\S+)"/.exec(all) ?? [];
    return `${x} ${color}${bold} ${text ?? "bar"}`;
  });
}

Deno.test("terminalSvg() puts pieces into their columns, in their styles", () => {
  assertEquals(drawn("\x1b[1mAB\x1b[0m  c d\n\x1b[32m██\x1b[39m░ 9 %"), [
    "16 #e6e4dd bold AB",
    "48 #e6e4dd c d",
    "16 #7fce9f bar",
    "32 #e6e4dd bar",
    "48 #e6e4dd 9 %",
  ]);
});

Deno.test("terminalSvg() keeps a style over the end of a line", () => {
  assertEquals(drawn("\x1b[33ma\nb\x1b[0mc"), [
    "16 #e3b341 a",
    "16 #e3b341 b",
    "24 #e6e4dd c",
  ]);
});

Deno.test("terminalSvg() escapes what is markup", () => {
  const svg = terminalSvg("a<b", OPTIONS);
  assertStringIncludes(svg, "<title>a &lt;b&gt;</title>");
  assertStringIncludes(svg, ">a&lt;b</text>");
});
