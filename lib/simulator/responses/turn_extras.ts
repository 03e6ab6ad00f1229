/**
 * The events of the official client's own in a turn: what a websocket has in
 * place of an answer's header lines (docs/client.md, "Turn state" and "Limits"),
 * and an answer over server-sent events besides them.
 */

import type { SimulatedAccount } from "../accounts/account.ts";
import type { Backend } from "../accounts/backend.ts";
import { limitEvents } from "../accounts/shown_limits.ts";
import { turnState } from "../model/bound_values.ts";
import type { TurnEvent } from "../model/events.ts";
import type { Fault } from "../faults/faults.ts";
import type { Turn } from "./turn.ts";

/** The events that follow `response.created`. */
export function turnExtras(
  backend: Backend,
  account: SimulatedAccount,
  { head, serial }: Turn,
  fault?: Fault,
): readonly TurnEvent[] {
  const metadata = {
    type: "response.metadata",
    response_id: head.id,
    headers: {
      "x-codex-turn-state": turnState(account.ownerKey, serial),
      ...(fault?.kind === "headers" ? Object.fromEntries(fault.headers) : {}),
    },
  };
  return [metadata, ...limitEvents(account, backend.now())];
}
