/**
 * The prepared request: what every attempt starts from. Immutable; holds
 * nothing that belongs to an account.
 */
import type { HeaderLine } from "../protocol/headers.ts";
import type { ObjectScan } from "../protocol/json_edit.ts";
import type { Border } from "../protocol/zstd/blocks.ts";
import type { Dialect } from "./caller.ts";
import type { FormName } from "./openai/forms.ts";
import type { AnswerForm } from "./openai/answer_writer.ts";

/** Paths below the backend's base URL that the gateway forwards to. */
export type Endpoint =
  | "responses"
  | "responses/compact"
  | "memories/trace_summarize"
  | "alpha/search"
  | "images/generations"
  | "images/edits"
  | "models";

export interface PreparedBody {
  /** The JSON text, after every rule that does not depend on an account. */
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly scan: ObjectScan;
  /** The body as the caller encoded it; undefined if plain or edited. */
  readonly wire: PreparedWire | undefined;
}

export interface PreparedWire {
  readonly coding: string;
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** Where blocks of a large zstd body end. */
  readonly borders: readonly Border[];
}

/** A turn may take several requests, as the model calls tools. */
export interface PreparedTurn {
  /** As a Codex client names it; undefined if the caller does not. */
  readonly id: string | undefined;
  /** It brings back what upstream has issued for this turn. */
  readonly hasState: boolean;
}

export interface PreparedForm {
  readonly name: FormName;
  /** Undefined if the caller wants this form and no other. */
  readonly other: (() => PreparedRequest) | undefined;
}

export interface PreparedRequest {
  readonly endpoint: Endpoint;
  readonly dialect: Dialect;
  /** The query with its question mark, or empty. */
  readonly query: string;
  /** Lower-case names, unsorted; no credentials, length or content coding. */
  readonly headers: readonly HeaderLine[];
  /** Undefined for a GET. */
  readonly body: PreparedBody | undefined;
  /** As the caller wrote it; undefined if the body names none. */
  readonly model: string | undefined;
  /** Keeps a session on one account; undefined if no session is known. */
  readonly sessionKey: string | undefined;
  /** Which turn it belongs to. */
  readonly turn: PreparedTurn;
  /** Upstream is asked for server-sent events. */
  readonly stream: boolean;
  /** For an SDK caller's turn; undefined: it gets upstream's bytes. */
  readonly answer: AnswerForm | undefined;
  /** For an SDK caller's turn: its form, and the same turn in the other one. */
  readonly form: PreparedForm | undefined;
  /** Parameters that were left out, in the order of the body. */
  readonly ignored: readonly string[];
  /** False in passthrough, where only credentials may be added. */
  readonly normalize: boolean;
}
