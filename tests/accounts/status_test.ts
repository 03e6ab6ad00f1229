import { assertEquals } from "@std/assert";
import {
  ACTIVE,
  type Cooldown,
  coolDown,
  invalidate,
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
  assertEquals(coolDown(ACTIVE, SHORT), { state: "cooling", ...SHORT });
});

Deno.test("coolDown() lengthens a cooldown and takes the new reason", () => {
  const status = coolDown(coolDown(ACTIVE, SHORT), LONG);
  assertEquals(status, { state: "cooling", ...LONG });
});

Deno.test("coolDown() never shortens a cooldown", () => {
  const status = coolDown(coolDown(ACTIVE, LONG), SHORT);
  assertEquals(status, { state: "cooling", ...LONG });
});

Deno.test("coolDown() and wake() leave an invalid account invalid", () => {
  assertEquals(coolDown(DEAD, LONG), DEAD);
  assertEquals(wake(DEAD), DEAD);
});

Deno.test("wake() ends a cooldown", () => {
  assertEquals(wake(coolDown(ACTIVE, LONG)), ACTIVE);
});

Deno.test("statusAt() is active from the end of the cooldown on", () => {
  const cooling = coolDown(ACTIVE, SHORT);
  assertEquals(statusAt(cooling, 99), cooling);
  assertEquals(statusAt(cooling, 100), ACTIVE);
});

Deno.test("statusAt() gives up a cooldown that is still to begin", () => {
  // The clock was turned back: nobody knows how long it has lasted.
  const cooling = coolDown(ACTIVE, { ...LONG, since: 800 });
  assertEquals(statusAt(cooling, 800), cooling);
  assertEquals(statusAt(cooling, 799), ACTIVE);
  assertEquals(statusAt(cooling, -1e12), ACTIVE);
});

Deno.test("invalidate() keeps the first time", () => {
  assertEquals(invalidate(coolDown(ACTIVE, LONG), 5), DEAD);
  assertEquals(invalidate(DEAD, 7), DEAD);
});
