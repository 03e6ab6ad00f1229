import { parseArgs } from "@std/cli";
import { assertEquals } from "@std/assert";
import type { IsAny } from "./is_any.ts";

function parse(...args: string[]) {
  return parseArgs(args, {
    string: ["listen", "host", "level"],
    boolean: ["help"],
    collect: ["host"],
    default: { level: "info" },
  });
}

type Parsed = ReturnType<typeof parse>;

const typed: IsAny<typeof parseArgs> = false;
const listenTyped: IsAny<Parsed["listen"]> = false;
// Does not compile unless `listen` may be missing and `level` may not.
const missing: Parsed["listen"] = undefined;
const given: (level: Parsed["level"]) => string = (level) => level;

Deno.test("parseArgs reads both spellings of a value, and keeps it a string", () => {
  assertEquals(parse("--listen", "8080").listen, "8080");
  assertEquals(parse("--listen=8080").listen, "8080");
});

Deno.test("parseArgs fills what is absent: false, [], the default, nothing", () => {
  const args = parse();
  assertEquals(args.help, false);
  assertEquals(args.host, []);
  assertEquals(given(args.level), "info");
  assertEquals(args.listen, missing);
});

Deno.test("parseArgs collects repeated names and positional arguments", () => {
  const args = parse("serve", "--host", "a", "--host=b", "--help", "7");
  assertEquals(args.host, ["a", "b"]);
  assertEquals(args.help, true);
  assertEquals(args._, ["serve", 7]);
});

Deno.test("parseArgs tells of names that were not declared", () => {
  const unknown: string[] = [];
  parseArgs(["--nope", "--yes"], {
    boolean: ["yes"],
    unknown: (arg) => void unknown.push(arg),
  });
  assertEquals(unknown, ["--nope"]);
});

Deno.test("parseArgs without options leaves values unknown", () => {
  const args = parseArgs(["--port=1"]);
  const portTyped: IsAny<typeof args.port> = false;
  assertEquals([args.port, portTyped], [1, false]);
  assertEquals([typed, listenTyped], [false, false]);
});
