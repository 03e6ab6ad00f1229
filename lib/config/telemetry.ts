/**
 * Deno's built-in OpenTelemetry, and what it must not do here.
 *
 * `OTEL_DENO` turns it on. It sends every request's whole URL to a collector
 * and, by default, adds a `traceparent` to every outgoing request, even to one
 * that has one. But the requests of the official client must arrive unchanged.
 * Neither can be turned off in a running process.
 */
import type { Environment } from "./flags.ts";

/** Whether requests are reported to a collector. */
export function isTraced(env: Environment): boolean {
  return env("OTEL_DENO")?.toLowerCase() === "true";
}

/** What the person must set so that requests go out unchanged, if anything. */
export function telemetryProblem(env: Environment): string | undefined {
  return isTraced(env) && env("OTEL_PROPAGATORS") !== "none"
    ? "Set OTEL_PROPAGATORS=none together with OTEL_DENO: otherwise the runtime adds a traceparent to every request to upstream"
    : undefined;
}
