import { assertEquals } from "@std/assert";
import { isTraced, telemetryProblem } from "../../lib/config/telemetry.ts";

const SETTINGS: ReadonlyArray<
  [
    env: Readonly<Record<string, string>>,
    isTraced: boolean,
    isProblem: boolean,
  ]
> = [
  [{}, false, false],
  [{ OTEL_DENO: "false" }, false, false],
  [{ OTEL_DENO: "1" }, false, false],
  [{ OTEL_PROPAGATORS: "tracecontext" }, false, false],
  [{ OTEL_DENO: "true" }, true, true],
  [{ OTEL_DENO: "TRUE" }, true, true],
  [{ OTEL_DENO: "true", OTEL_PROPAGATORS: "" }, true, true],
  [{ OTEL_DENO: "true", OTEL_PROPAGATORS: "none,baggage" }, true, true],
  [{ OTEL_DENO: "true", OTEL_PROPAGATORS: "none" }, true, false],
];

for (const [env, traced, problem] of SETTINGS) {
  Deno.test(`${JSON.stringify(env)} is ${problem ? "refused" : "taken"}`, () => {
    assertEquals(isTraced((name) => env[name]), traced);
    const text = telemetryProblem((name) => env[name]);
    assertEquals(
      text?.startsWith("Set OTEL_PROPAGATORS=none"),
      problem || undefined,
    );
  });
}
