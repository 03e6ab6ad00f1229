/**
 * The runtime's own OpenTelemetry, and what it must not do here.
 *
 * Switched on by `OTEL_DENO`, it tells a collector of each request, with its
 * whole URL, and by default adds a `traceparent` to each that goes out, behind
 * one that is there. The official client's requests shall arrive as they are.
 * Neither can be changed once the process runs.
 */
import type { Environment } from "./flags.ts";

/** Whether a collector is told of each request. */
export function isTraced(env: Environment): boolean {
  return env("OTEL_DENO")?.toLowerCase() === "true";
}

/** What to set before requests go out as they are; undefined if nothing. */
export function telemetryProblem(env: Environment): string | undefined {
  return isTraced(env) && env("OTEL_PROPAGATORS") !== "none"
    ? "Set OTEL_PROPAGATORS=none beside OTEL_DENO: else the runtime adds a traceparent to every request to upstream"
    : undefined;
}
