/** Files in a state that lasts: told and tried once, not at every scan. */
import { assertEquals } from "@std/assert";
import type { FoundFile } from "../../lib/accounts/files/folder.ts";
import { RefusedMoves } from "../../lib/accounts/sync/refused_moves.ts";
import { ReportedFiles } from "../../lib/accounts/sync/reported_files.ts";
import { REMIND_MS } from "../../lib/limits.ts";
import { err, ok } from "../../lib/result.ts";
import { accountFile } from "../support/accounts.ts";
import { FakeClock } from "../support/clock.ts";
import { FakeLog } from "../support/log.ts";

/** `text` is what is in it; one that begins with `!` is no account. */
function found(name: string, text: string): FoundFile {
  return {
    name,
    createdAt: 0,
    bytes: new TextEncoder().encode(text),
    parsed: text.startsWith("!") ? err("broken") : ok(accountFile()),
  };
}

/** What each scan sees of `a.json`; undefined: it is not there. */
const REPORTS: ReadonlyArray<
  [
    what: string,
    scans: readonly (string | undefined)[],
    told: readonly number[],
  ]
> = [
  ["is told at the first scan, once", ["!x", "!x", "!x"], [0]],
  ["is told when it stays so", ["ok", "!x", "!x", "!x"], [2]],
  ["that is half written is not told", ["ok", "!x", "ok"], []],
  ["that is being written is told at its end", [
    "ok",
    "!1",
    "!12",
    "!123",
    "!123",
  ], [4]],
  ["is told again once it has changed", ["!x", "!y", "!y"], [0, 2]],
  ["is told again when it was well between", ["!x", "ok", "!x", "!x"], [0, 3]],
  ["is told again when it was gone between", [
    "!x",
    undefined,
    "!x",
    "!x",
  ], [0, 3]],
  ["that flickers is not told twice", ["!x", "!y", "!x", "!x"], [0]],
];

for (const [what, scans, told] of REPORTS) {
  Deno.test(`ReportedFiles: a broken file ${what}`, () => {
    const log = new FakeLog();
    const files = new ReportedFiles(log);
    const at: number[] = [];
    for (const [scan, text] of scans.entries()) {
      const before = log.entries.length;
      const listed = files.update(
        text === undefined ? [] : [found("a.json", text)],
      );
      const isBroken = text?.startsWith("!") ?? false;
      const own = { file: "a.json", reason: "broken" };
      assertEquals(listed, isBroken ? [own] : []);
      if (log.entries.length > before) at.push(scan);
    }
    assertEquals(at, [...told]);
  });
}

function surplus(name: string, { text = "x", reason = "copy" } = {}) {
  return { file: found(name, text), reason };
}

Deno.test("RefusedMoves tries a file again after a minute", () => {
  const clock = new FakeClock();
  const moves = new RefusedMoves(clock.read);
  const files = [surplus("a"), surplus("b")];
  assertEquals(moves.due(files), files);
  moves.add(surplus("a"));
  assertEquals(moves.due(files), [surplus("b")]);
  // Whoever sets the clock changes nothing.
  clock.now += 10 * REMIND_MS;
  clock.pass(REMIND_MS - 1);
  assertEquals(moves.due(files), [surplus("b")]);
  clock.pass(1);
  assertEquals(moves.due(files), files);
});

const OTHERS = {
  "was changed": surplus("a", { text: "y" }),
  "is surplus for another reason": surplus("a", { reason: "dead" }),
} as const;

for (const [what, other] of Object.entries(OTHERS)) {
  Deno.test(`RefusedMoves tries a file that ${what} at once`, () => {
    const moves = new RefusedMoves(new FakeClock().read);
    moves.add(surplus("a"));
    assertEquals(moves.due([other]), [other]);
  });
}

Deno.test("RefusedMoves forgets a file that is surplus no more", () => {
  const moves = new RefusedMoves(new FakeClock().read);
  moves.add(surplus("a"));
  assertEquals(moves.due([]), []);
  assertEquals(moves.due([surplus("a")]), [surplus("a")]);
});
