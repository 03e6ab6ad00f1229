import { assertEquals } from "@std/assert";
import { Outage } from "../../lib/relay/outage.ts";
import { FakeLog } from "../support/log.ts";

const RESET = { kind: "transport", message: "reset" } as const;

function begun() {
  const log = new FakeLog();
  let ms = 1000;
  const outage = new Outage({ log, now: () => ms, elapsed: () => ms });
  const fails = () => {
    ms += 1000;
    outage.turnFailed(RESET, () => "reset");
  };
  return { log, outage, fails };
}

Deno.test("an outage is told once, and its end with its length", () => {
  const { log, outage, fails } = begun();
  for (let times = 0; times < 4; times++) fails();
  outage.answered();
  outage.answered();
  assertEquals(log.lines, [
    'warn upstream unreachable {"since":"1970-01-01T00:00:02.000Z","kind":"transport","reason":"reset"}',
    'info upstream is back {"after_ms":3000,"turns":4}',
  ]);
});

Deno.test("one failed turn between answers is no outage", () => {
  const { log, outage, fails } = begun();
  for (let times = 0; times < 4; times++) {
    fails();
    outage.answered();
  }
  assertEquals(log.lines, []);
});

Deno.test("a turn that fails for another reason is no outage", () => {
  const { log, outage } = begun();
  for (let times = 0; times < 4; times++) {
    outage.turnFailed({ kind: "stopping" }, () => "");
  }
  assertEquals(log.lines, []);
});

Deno.test("a connection that breaks does not end it, a refusal does", () => {
  const { log, outage, fails } = begun();
  fails();
  fails();
  outage.attemptFailed(RESET);
  assertEquals(log.lines.length, 1);
  outage.attemptFailed({
    kind: "rate_limited",
    message: "",
    retryAfterMs: undefined,
    answer: {
      at: "answer",
      status: 429,
      headers: new Headers(),
      body: new Uint8Array(),
    },
  });
  assertEquals(log.lines.length, 2);
});
