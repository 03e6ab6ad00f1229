import { assertEquals } from "@std/assert";
import {
  type Cooldown,
  coolDown,
  invalidate,
  SERVING,
  type Status,
  statusAt,
  wake,
} from "../../lib/accounts/pool/status.ts";

const SHORT: Cooldown = {
  reason: "rate_limited",
  source: "local_backoff",
  since: 0,
  until: 100,
};
const LONG: Cooldown = {
  reason: "quota_exhausted",
  source: "upstream_retry_after",
  since: 0,
  until: 900,
};
const DEAD: Status = { state: "invalid", since: 5 };

Deno.test("coolDown() cools an active account", () => {
  assertEquals(coolDown(SERVING, SHORT), { state: "cooling", ...SHORT });
});

Deno.test("coolDown() lengthens a cooldown and takes the new reason", () => {
  const status = coolDown(coolDown(SERVING, SHORT), LONG);
  assertEquals(status, { state: "cooling", ...LONG });
});

Deno.test("coolDown() never shortens a cooldown", () => {
  const status = coolDown(coolDown(SERVING, LONG), SHORT);
  assertEquals(status, { state: "cooling", ...LONG });
});

Deno.test("coolDown() and wake() leave an invalid account invalid", () => {
  assertEquals(coolDown(DEAD, LONG), DEAD);
  assertEquals(wake(DEAD), DEAD);
});

Deno.test("wake() ends a cooldown", () => {
  assertEquals(wake(coolDown(SERVING, LONG)), SERVING);
});

Deno.test("statusAt() is active from the end of the cooldown on", () => {
  const cooling = coolDown(SERVING, SHORT);
  assertEquals(statusAt(cooling, 99), cooling);
  assertEquals(statusAt(cooling, 100), SERVING);
});

Deno.test("statusAt() gives up a cooldown that is still to begin", () => {
  // The clock was turned back: nobody knows how long it has lasted.
  const cooling = coolDown(SERVING, { ...LONG, since: 800 });
  assertEquals(statusAt(cooling, 800), cooling);
  assertEquals(statusAt(cooling, 799), SERVING);
  assertEquals(statusAt(cooling, -1e12), SERVING);
});

Deno.test("invalidate() keeps the first time", () => {
  assertEquals(invalidate(coolDown(SERVING, LONG), 5), DEAD);
  assertEquals(invalidate(DEAD, 7), DEAD);
});
