/** Prepares one request of either dialect in either mode. */
import {
  type CallerRequest,
  prepare,
  type PrepareContext,
} from "../../lib/downstream/normalize.ts";
import type {
  Endpoint,
  PreparedRequest,
} from "../../lib/downstream/prepared.ts";
import type { CallerError } from "../../lib/downstream/failure.ts";
import type { Result } from "../../lib/result.ts";
import { IDENTITY, SESSION_NAMES } from "../support/identity.ts";

export type Dialect = "codex" | "openai";
export type Mode = "normalize" | "passthrough";

export const BOTH_DIALECTS: readonly Dialect[] = ["codex", "openai"];
export const BOTH_MODES: readonly Mode[] = ["normalize", "passthrough"];

export interface Given {
  readonly dialect: Dialect;
  readonly mode: Mode;
  readonly body?: string | Uint8Array<ArrayBuffer>;
  readonly headers?: Readonly<Record<string, string>>;
  readonly endpoint?: Endpoint;
  readonly query?: string;
  /** What the models snapshot says of every model. */
  readonly parallel?: boolean | undefined;
  /** The form that every model takes. */
  readonly form?: "plain" | "lite";
  /** The body is the frame of a websocket. */
  readonly isFrame?: boolean;
}

export function prepareGiven(
  given: Given,
): Promise<Result<PreparedRequest, CallerError>> {
  const { dialect, mode, body, headers = {}, endpoint = "responses" } = given;
  const bytes = typeof body === "string"
    ? new TextEncoder().encode(body)
    : body;
  const request: CallerRequest = {
    endpoint,
    query: given.query ?? "",
    headers: new Headers({
      ...dialect === "codex" ? { originator: "Codex_cli" } : {},
      ...headers,
    }),
    body: bytes && { coding: undefined, wire: bytes, bytes },
    isFrame: given.isFrame ?? false,
  };
  const context: PrepareContext = {
    normalize: mode === "normalize",
    identity: IDENTITY,
    newId: () => "new-id",
    sessionNames: SESSION_NAMES,
    parallelToolCalls: () => Promise.resolve(given.parallel),
    forms: { of: () => Promise.resolve(given.form ?? "plain") },
  };
  return prepare(request, context);
}

/** The prepared request; throws if it was refused. */
export async function prepared(given: Given): Promise<PreparedRequest> {
  const result = await prepareGiven(given);
  if (!result.ok) throw new Error(result.error.message);
  return result.value;
}

/** The body as it leaves, as text. */
export async function bodyOf(given: Given): Promise<string> {
  const { body } = await prepared(given);
  return new TextDecoder().decode(body?.bytes);
}

/** The header lines as they leave. */
export async function headersOf(
  given: Given,
): Promise<Readonly<Record<string, string>>> {
  return Object.fromEntries((await prepared(given)).headers);
}

/** What the caller is told is wrong. */
export async function refusalOf(given: Given): Promise<string> {
  const result = await prepareGiven(given);
  return result.ok
    ? "accepted"
    : `${result.error.status} ${result.error.message}`;
}
