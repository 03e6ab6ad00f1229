/** What the token endpoint was asked for, and what it gives. */
import type { OutgoingRequest, Runtime } from "../../lib/runtime.ts";
import type { Simulator } from "../../lib/simulator/simulator.ts";
import { system } from "./system.ts";

/** How often the token endpoint was asked. */
export function grants(
  { simulator }: { readonly simulator: Simulator },
): number {
  return simulator.requests.filter(({ target }) => target === "/oauth/token")
    .length;
}

/** Requests whose grants are what `change` makes of the simulator's tokens. */
export function granting(
  change: (tokens: Record<string, string>) => Record<string, string>,
): Runtime["fetch"] {
  return async (request: OutgoingRequest) => {
    const response = await system.fetch(request);
    if (request.url.pathname !== "/oauth/token" || !response.ok) {
      return response;
    }
    return Response.json(change(await response.json()));
  };
}
