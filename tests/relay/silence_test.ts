/** What counts as silence, by a clock that only the test moves. */
import { assertEquals } from "@std/assert";
import { Silence } from "../../lib/relay/silence.ts";
import { FakeClock } from "../support/clock.ts";
import { silentRuntime } from "../support/silent_runtime.ts";

/** Keep-alives after 100 ms, the end after 250 ms. */
function scene() {
  const clock = new FakeClock();
  const told: string[] = [];
  const tell = (what: string) => () => {
    told.push(`${what} at ${clock.elapsed}`);
  };
  const silence = new Silence({
    runtime: { ...silentRuntime(), ...clock.read, after: clock.after },
    keepaliveMs: 100,
    idleMs: 250,
    onKeepalive: tell("keepalive"),
    onIdle: tell("idle"),
  });
  return { clock, told, silence };
}

type Step = "waiting" | "heard" | "sleep" | number;

const ROWS: ReadonlyArray<
  [what: string, steps: readonly Step[], told: readonly string[]]
> = [
  ["nobody waits", [1000], []],
  ["upstream says nothing at all", ["waiting", 1000], [
    "keepalive at 100",
    "keepalive at 200",
    "idle at 250",
  ]],
  ["upstream speaks in time", ["waiting", 99, "waiting", 99, "waiting"], []],
  ["upstream speaks behind a keep-alive", ["waiting", 150, "waiting", 99], [
    "keepalive at 100",
  ]],
  [
    "a silence that began between two looks",
    ["waiting", 50, "waiting", 300],
    ["keepalive at 150", "keepalive at 250", "idle at 300"],
  ],
  ["the caller does not read", ["waiting", 90, "heard", 1000], []],
  ["the caller reads again", ["waiting", 90, "heard", 510, "waiting", 90], []],
  ["the machine sleeps", ["waiting", 50, "sleep", 49], []],
];

for (const [what, steps, expected] of ROWS) {
  Deno.test(`Silence: ${what}`, () => {
    const { clock, told, silence } = scene();
    for (const step of steps) {
      if (step === "waiting") silence.waiting();
      else if (step === "heard") silence.heard();
      else if (step === "sleep") clock.now += 3_600_000;
      else clock.pass(step);
    }
    assertEquals(told, [...expected]);
    // One timer while it watches, none behind the end.
    assertEquals(clock.timers, told.at(-1)?.startsWith("idle") ? 0 : 1);
    silence.stop();
    assertEquals(clock.timers, 0);
  });
}
