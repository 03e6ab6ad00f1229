import { assertEquals, assertMatch } from "@std/assert";
import { stripAnsiCode } from "@std/fmt";
import { createLog, type LogOptions } from "../../lib/cli/process/log.ts";

function linesOf(options: Partial<LogOptions>) {
  const lines: string[] = [];
  const log = createLog({
    format: "text",
    level: "debug",
    now: () => Date.parse("2026-11-22T10:00:00.250Z"),
    write: (line) => lines.push(stripAnsiCode(line)),
    ...options,
  });
  return { log, lines };
}

const ENDED = {
  request: "ab12cd34",
  account: "my own",
  outcome: "completed",
  first_event_ms: undefined,
  ms: 68,
  again: false,
};

const DAY = /^Sun 22 Nov 2026, UTC/;
const TIME = /^\d\d:\d\d:00 /;

Deno.test("a text line has its time, its level, and what is known", () => {
  const { log, lines } = linesOf({});
  log.info("of no table", ENDED);
  log.warn("others can read the accounts dir");
  log.error("scan failed", { account: "0a1b", label: "main", reason: "x" });
  const [day = "", ...rest] = lines;
  assertMatch(day, DAY);
  for (const line of rest) assertMatch(line, TIME);
  assertEquals(rest.map((line) => line.slice(9)), [
    'of no table request=ab12cd34 account="my own" outcome=completed ms=68 again=false',
    "warn  others can read the accounts dir",
    "error scan failed account=main reason=x",
  ]);
});

Deno.test("a day is told once, and the next one anew", () => {
  let now = Date.parse("2026-11-22T10:00:00.250Z");
  const { log, lines } = linesOf({ now: () => now });
  log.info("a");
  log.info("b");
  now += 24 * 3_600_000;
  log.info("c");
  assertEquals(lines.length, 5);
  assertMatch(lines[0] ?? "", DAY);
  assertMatch(lines[3] ?? "", /^Mon 23 Nov 2026, UTC/);
});

Deno.test("a JSON line is an object with the same keys", () => {
  const { log, lines } = linesOf({ format: "json" });
  log.error("turn ended", ENDED);
  assertEquals(lines.map((line) => JSON.parse(line)), [{
    time: "2026-11-22T10:00:00.250Z",
    level: "error",
    message: "turn ended",
    request: "ab12cd34",
    account: "my own",
    outcome: "completed",
    ms: 68,
    again: false,
  }]);
});

/** What some reader of logs takes for a line's end, or a terminal obeys. */
const ENDS: ReadonlyArray<[what: string, text: string]> = [
  ["a line feed", "\n"],
  ["a carriage return", "\r"],
  ["both", "\r\n"],
  ["a form feed", "\f"],
  ["a next line", "\x85"],
  ["a line separator", "\u2028"],
  ["a paragraph separator", "\u2029"],
  ["an escape", "\x1b[2J"],
  ["a control sequence introducer", "\x9b2J"],
  ["a delete", "\x7f"],
  ["a zero byte", "\0"],
];

for (const [what, text] of ENDS) {
  const account = `a${text}2026-11-22T10:00:00.250Z info  forged`;

  Deno.test(`${what} in a label does not break a text line`, () => {
    const { log, lines } = linesOf({});
    log.info("attempt", { account });
    log.info(account);
    for (const line of lines) {
      // deno-lint-ignore no-control-regex
      assertEquals(/[\x00-\x1f\x7f-\x9f\u2028\u2029]/.test(line), false, line);
    }
  });

  Deno.test(`${what} in a label does not break a JSON line`, () => {
    const { log, lines } = linesOf({ format: "json" });
    log.info("attempt", { account });
    const [line = ""] = lines;
    // deno-lint-ignore no-control-regex
    assertEquals(/[\x00-\x1f\x7f-\x9f\u2028\u2029]/.test(line), false, line);
    assertEquals(JSON.parse(line).account, account);
  });
}

Deno.test("lines below the level are not written", () => {
  const { log, lines } = linesOf({ level: "warn" });
  log.debug("a");
  log.info("b");
  log.warn("c");
  log.error("d");
  assertEquals(lines.slice(1).map((line) => line.at(-1)), ["c", "d"]);
});
