/**
 * Looks for what belongs to a caller alone in everything that a gateway sent
 * upstream or wrote to its log.
 */
import type { RecordedRequest } from "../../../lib/simulator/http/recorder.ts";
import type { TestGateway } from "../../support/gateway.ts";

/** Where any of `secrets` turned up; empty if none did. */
export function leaks(
  gateway: TestGateway,
  secrets: readonly string[],
): string[] {
  const places: [string, string][] = [
    ...gateway.simulator.requests.map((request): [string, string] => [
      `${request.method} ${request.target}`,
      textOf(request),
    ]),
    ["the log", JSON.stringify(gateway.log)],
  ];
  return places.filter(([, text]) =>
    secrets.some((secret) => text.includes(secret))
  ).map(([place]) => place);
}

/** Everything of a request, its body decoded. */
function textOf(request: RecordedRequest): string {
  const { target, headers, body } = request;
  const raw = new TextDecoder("latin1").decode(body);
  return JSON.stringify([target, headers, raw, request.json()]);
}

/** The turns that reached the upstream, in order. */
export function turnsOf(
  { requests }: { readonly requests: readonly RecordedRequest[] },
): readonly RecordedRequest[] {
  return requests.filter(({ method, target }) =>
    method === "POST" && target.endsWith("/codex/responses")
  );
}
