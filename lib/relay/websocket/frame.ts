/**
 * Reads the caller's and upstream's websocket frames, and writes a turn's frame
 * for one account.
 *
 * A turn's frame follows the same rules as a request body; every other frame
 * passes unchanged. Sends nothing.
 */
import type { Outcome } from "../../accounts/pool/lease.ts";
import {
  type CallerRequest,
  prepare,
  type PrepareContext,
} from "../../downstream/normalize.ts";
import type { CallerError } from "../../downstream/failure.ts";
import type { PreparedRequest } from "../../downstream/prepared.ts";
import { MAX_FRAME_VALUE_BYTES } from "../../limits.ts";
import { isTerminal } from "../../protocol/events.ts";
import { HEADER } from "../../protocol/headers.ts";
import { parseObject, stringField } from "../../protocol/json.ts";
import {
  memberOf,
  scanObject,
  valueLength,
  valueText,
} from "../../protocol/json_edit.ts";
import { ok, type Result } from "../../result.ts";
import { withMetadata } from "../../upstream/client_metadata.ts";
import { installationIdOf } from "../../upstream/request.ts";
import type { Usage } from "../../usage/figures.ts";
import { readUsage } from "../../usage/read_usage.ts";
import type { Credential } from "../../accounts/pool/account.ts";
import { outcomeOf } from "../outcome.ts";
import type { Turn } from "./session_state.ts";

/** A caller's frame, parsed. */
export type CallerFrame =
  | { readonly kind: "turn"; readonly turn: Turn }
  | { readonly kind: "other" };

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** Reads a frame by this caller's rules. */
export async function readFrame(
  text: string,
  request: Pick<CallerRequest, "headers">,
  context: PrepareContext,
): Promise<Result<CallerFrame, CallerError>> {
  const bytes = encoder.encode(text);
  const prepared = await prepare({
    endpoint: "responses",
    query: "",
    headers: request.headers,
    body: { coding: undefined, wire: bytes, bytes },
    isFrame: true,
  }, context);
  if (!prepared.ok) return prepared;

  const { body } = prepared.value;
  const member = (key: string) => {
    const found = body && memberOf(body.scan, key);
    return found && body && valueText(body.bytes, found);
  };
  if (member("type") !== '"response.create"') return ok({ kind: "other" });
  const previous = member("previous_response_id");
  const selfContained = previous === undefined || previous === "null";
  return ok({
    kind: "turn",
    turn: {
      prepared: prepared.value,
      selfContained,
      isPrewarm: member("generate") === "false",
    },
  });
}

/** The turn's frame for one account. */
export function frameFor(
  prepared: PreparedRequest,
  { credential, ownsTurnState, resentAt }: {
    readonly credential: Credential;
    readonly ownsTurnState: (value: string) => boolean;
    readonly resentAt: number | undefined;
  },
): string {
  if (!prepared.body) throw new Error("a turn without a body");
  const installationId = installationIdOf(prepared, credential);
  const change = { installationId, ownsTurnState, resentAt };
  return decoder.decode(withMetadata(prepared.body, change));
}

/** What the relay needs to know of an event. */
export interface UpstreamEvent {
  readonly type: string;
  /** For a terminal event: how the turn ended. */
  readonly outcome: Outcome | undefined;
  /** For a terminal event: the tokens of the turn, if the event has them. */
  readonly usage: Usage | undefined;
  /** For a terminal event: the id of the response, if the event has it. */
  readonly ends: string | undefined;
  /** The turn state that it issues (docs/client.md, "Turn state"). */
  readonly turnState: string | undefined;
}

const TYPE_FIRST = '{"type":"';

export function readEvent(text: string, now: number): UpstreamEvent {
  const type = typeOf(text);
  const isEnd = isTerminal(type);
  return {
    type,
    outcome: isEnd ? terminalOutcome(type, text, now) : undefined,
    usage: isEnd ? readUsage(text) : undefined,
    ends: isEnd ? responseIn(text) : undefined,
    turnState: type === "response.metadata" ? turnStateIn(text) : undefined,
  };
}

/** Fast where `type` is the first key, as upstream writes it. */
function typeOf(text: string): string {
  const end = text.indexOf('"', TYPE_FIRST.length);
  if (text.startsWith(TYPE_FIRST) && end !== -1) {
    const type = text.slice(TYPE_FIRST.length, end);
    if (!type.includes("\\")) return type;
  }
  const type = memberText(text, "type");
  return stringField(parseObject(`{"type":${type}}`) ?? {}, "type") ?? "";
}

/** The JSON text of a member, without parsing the others. */
function memberText(text: string, key: string): string | undefined {
  const bytes = encoder.encode(text);
  const scan = scanObject(bytes);
  const member = scan.ok ? memberOf(scan.value, key) : undefined;
  return member && valueLength(member) <= MAX_FRAME_VALUE_BYTES
    ? valueText(bytes, member)
    : undefined;
}

/** A frame has no HTTP answer, so the frame itself becomes the body of one. */
function terminalOutcome(type: string, text: string, now: number): Outcome {
  return outcomeOf({ type, data: text }, () => ({
    status: 200,
    headers: new Headers(),
    body: encoder.encode(text),
  }), now);
}

/** Looks only where upstream writes it: the event may hold a whole answer. */
function responseIn(text: string): string | undefined {
  const head = text.slice(0, 400);
  return /"response":\{"id":"([^"\\]{1,200})"/.exec(head)?.[1];
}

function turnStateIn(text: string): string | undefined {
  const headers = parseObject(memberText(text, "headers") ?? "");
  return headers && stringField(headers, HEADER.turnState);
}
