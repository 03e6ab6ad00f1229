/** Messages as a person reads them, and which are left out. */
import { assertEquals } from "@std/assert";
import { clockText } from "../../../lib/cli/terminal/words.ts";
import type { LogLevel } from "../../../lib/config/flags.ts";
import type { LogFields } from "../../../lib/runtime.ts";
import { textLog } from "../../support/text_log.ts";

const NOW = Date.parse("2026-11-22T10:00:00Z");
const UNTIL = "2026-11-22T10:40:00Z";
const AT = clockText(UNTIL, NOW);

/** The text of one message at this level, without day and time. */
function textOf(
  message: string,
  fields: LogFields,
  level: LogLevel = "info",
): string | undefined {
  const { log, lines } = textLog({ level, now: () => NOW });
  log.info("accounts", {});
  log.error(message, fields);
  return lines.filter((line) => line.includes(" error ")).at(0)?.slice(15);
}

const ENDED = {
  request: "ab12cd34-1",
  endpoint: "responses",
  account: "main",
  model: "gpt-6.2-sol",
  outcome: "completed",
  first_event_ms: 420,
  ms: 1234,
  attempts: 2,
  input_tokens: 123_456,
  cached_tokens: 117_000,
  output_tokens: 12_345,
};

const TOLD: ReadonlyArray<
  readonly [message: string, fields: LogFields, text: string | undefined]
> = [
  [
    "turn ended",
    ENDED,
    "main        gpt-6.2-sol     123k in (94% cached), 12k out  first 0.4 s, done 1.2 s",
  ],
  ["turn ended", { ...ENDED, prewarm: true }, undefined],
  ["turn ended", { ...ENDED, outcome: "started_over" }, undefined],
  [
    "turn ended",
    { ...ENDED, outcome: "caller_gone", ms: 180_000 },
    "main        gpt-6.2-sol     the caller left after 3 min",
  ],
  ["turn ended", {
    ...ENDED,
    outcome: "failed",
    prewarm: true,
    kind: "unavailable",
    reason: "503: down",
  }, "main        gpt-6.2-sol     failed after 1.2 s: 503: down"],
  [
    "turn ended",
    {
      outcome: "failed",
      model: "m",
      ms: 3,
      kind: "no_account",
      pool: "busy",
      until: UNTIL,
    },
    `no account  m               none can serve until ${AT}: codaze accounts tells why`,
  ],
  ["turn ended", {
    outcome: "failed",
    model: "m",
    ms: 3,
    kind: "no_account",
    pool: "empty",
  }, "no account  m               none is signed in: codaze login"],
  ["attempt", { account: "main", outcome: "quota_exhausted" }, undefined],
  [
    "attempt",
    { account: "main", outcome: "no_websocket", handshake: true, reason: "x" },
    "main: websocket no websocket: x",
  ],
  [
    "failover",
    { from: "main", to: "spare", after: "quota_exhausted", until: UNTIL },
    `main → spare: main is spent until ${AT}`,
  ],
  [
    "failover",
    { from: "main", to: "spare", after: "of no table" },
    "main → spare: of no table",
  ],
  [
    "session moved to another account",
    { from: "main", to: "spare", reason: "paused" },
    "main → spare: main is paused",
  ],
  ["a limit is used up", { account: "0a", label: "main" }, undefined],
  [
    "a limit is free ahead of time",
    { account: "0a1b2c", label: "main", reason: "a turn was served" },
    "main can serve again, ahead of time: a turn was served",
  ],
  [
    "account file moved to trash",
    { file: "0a1b2c.json", label: "main", reason: "dead" },
    "the file of main was moved to trash: dead",
  ],
  [
    "account settings changed",
    { account: "main", paused: false, keep: 20, priority: 0, changed: "keep" },
    "main is now kept down to 20%",
  ],
  ["caller refused", {
    method: "POST",
    path: "/v1/responses",
    status: 400,
    code: "invalid_json",
  }, "refused POST /v1/responses (400): invalid json"],
  [
    "accounts",
    {
      folder: "/f",
      accounts: 60,
      names: Array.from({ length: 20 }, (_, at) => `account ${at}`).join(", "),
    },
    "60 accounts in /f: account 0, account 1, account 2, account 3 and 56 more",
  ],
];

for (const [message, fields, text] of TOLD) {
  Deno.test(`${message} is told as: ${text ?? "nothing"}`, () => {
    assertEquals(textOf(message, fields), text);
  });
}

Deno.test("a person who wants every line gets it, with the request", () => {
  const level = "debug";
  assertEquals(
    textOf("turn ended", { ...ENDED, prewarm: true }, level)?.slice(-36),
    "done 1.2 s, 2 attempts  [ab12cd34-1]",
  );
  const attempt = { request: "a", account: "main", outcome: "rate_limited" };
  assertEquals(
    textOf("attempt", attempt, level),
    "main: attempt rate limited  [a]",
  );
});

Deno.test("a person who wants only warnings gets failed attempts", () => {
  const attempt = { account: "main", outcome: "timeout", reason: "late" };
  assertEquals(
    textOf("attempt", attempt, "warn"),
    "main: attempt timeout: late",
  );
});

Deno.test("in an outage only its beginning and its end are told", () => {
  const failed = {
    ...ENDED,
    outcome: "failed",
    kind: "transport",
    reason: "fetch failed: Connection reset (os error 104)",
  };
  for (const level of ["info", "warn"] as const) {
    const { log, lines } = textLog({ level, now: () => NOW });
    const outage = { kind: "transport", since: UNTIL, reason: "reset" };
    log.warn("turn ended", failed);
    log.info("failover", { from: "a", to: "b", after: "transport" });
    log.warn("upstream unreachable", outage);
    for (let times = 0; times < 9; times++) log.warn("turn ended", failed);
    log.warn("token not refreshed", { account: "a", kind: "transport" });
    log.info("upstream is back", { after_ms: 180_000, turns: 41 });
    log.warn("turn ended", failed);
    const back = level === "info"
      ? ["upstream is back after 3 min, 41 turns waited"]
      : [];
    const own = "warn  main        gpt-6.2-sol     failed after 1.2 s: " +
      "Connection reset";
    assertEquals(lines.slice(1).map((line) => line.slice(9)), [
      own,
      `warn  upstream unreachable since ${AT}: reset`,
      ...back,
      own,
    ]);
  }
});
