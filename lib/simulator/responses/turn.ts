/**
 * A turn as the simulated model sees it, over either transport: what is asked
 * for, and the items of the answer.
 */

import { type JsonObject, stringField } from "../../protocol/json.ts";
import type { SimulatedAccount } from "../accounts/account.ts";
import type { Backend } from "../accounts/backend.ts";
import type { ResponseHead } from "../model/events.ts";
import type { Fault, StatusFault } from "../faults/faults.ts";
import { turnState } from "../model/bound_values.ts";
import { taskOf } from "../model/prompt.ts";
import { message, type OutputItem } from "../model/output_item.ts";
import { replyTo } from "../model/reply.ts";

export interface Turn {
  readonly serial: number;
  readonly head: ResponseHead;
  readonly output: readonly OutputItem[];
}

/**
 * Charges a request to the account's quota, if it has one; gives the refusal of
 * a turn that may not start.
 */
export function admitTurn(
  { quota }: SimulatedAccount,
  { body, turnState }: {
    readonly body: JsonObject;
    /** As the request carries it. */
    readonly turnState: string | undefined;
  },
): StatusFault | undefined {
  return quota?.admit({ model: stringField(body, "model"), turnState });
}

/** Answers `input`, the whole history; `body` tells which tools there are. */
export function beginTurn(
  { backend, account, body, input, fault }: {
    readonly backend: Backend;
    readonly account: SimulatedAccount;
    readonly body: JsonObject;
    readonly input: readonly JsonObject[];
    readonly fault: Fault | undefined;
  },
): Turn {
  account.turns++;
  const { serial, head } = newResponse(backend, body, fault);
  account.quota?.handedOut(turnState(account.ownerKey, serial));
  const output = fault?.kind === "paced" ? pacedReply(head.id, fault) : replyTo(
    taskOf(input),
    {
      body: { ...body, input },
      responseId: head.id,
      ownerKey: account.ownerKey,
      serial,
      toolChoice: backend.answers.toolChoice,
    },
  );
  return { serial, head, output };
}

export function newResponse(
  backend: Backend,
  request: JsonObject,
  fault: Fault | undefined,
): { readonly serial: number; readonly head: ResponseHead } {
  const serial = backend.nextSerial();
  const id = `resp_${String(serial).padStart(3, "0")}`;
  const head = {
    id,
    completedId: fault?.kind === "completed_id" ? `B_${id}` : id,
    createdAt: Math.floor(backend.now() / 1000),
    request,
  };
  return { serial, head };
}

function pacedReply(
  responseId: string,
  { count, sizeBytes }: { readonly count: number; readonly sizeBytes: number },
): readonly OutputItem[] {
  const delta = "x".repeat(sizeBytes);
  return [message(responseId, new Array<string>(count).fill(delta))];
}
