/**
 * The hook for a dialect's answer: a writer takes each event of one turn, as
 * upstream sends it, and gives what the caller gets in its place.
 *
 * A prepared request with an `AnswerForm` is always streamed by upstream. The
 * relay makes one writer per attempt and hands it every event in order, the terminal
 * one included; nothing that a writer gives is sent before the turn is
 * committed. So a writer knows nothing of accounts, windows or sockets: it is a
 * pure function with a state. A turn that fails before its first content never
 * reaches the caller through a writer; the caller gets a status instead
 * (`turn_error.ts`).
 *
 * There are two kinds. A `stream` writer gives bytes at once. A `whole` writer
 * gives nothing until the turn has ended, and then one answer. Codex callers
 * have no writer: they get upstream's bytes.
 */
import type { ErrorDetail } from "../../protocol/errors.ts";

export type Bytes = Uint8Array<ArrayBuffer>;

/** An event of upstream. `data` is JSON as upstream wrote it. */
export interface TurnEvent {
  readonly type: string;
  readonly data: string;
}

/** Why the gateway ends a turn that upstream has not ended. */
export interface Interruption {
  readonly code: "stream_interrupted" | "response_too_large";
  readonly message: string;
}

/** What both kinds have in common. */
interface Writer {
  /** More is held for the answer than may be; the relay then ends the turn. */
  readonly isFull: boolean;
}

export interface StreamWriter extends Writer {
  readonly kind: "stream";
  /**
   * The bytes for the caller; empty for nothing. Those of a terminal event are
   * the last ones, so they include whatever ends the stream.
   */
  event(event: TurnEvent): Bytes;
  /** The last bytes of a turn without a terminal event: its error. */
  interrupted(why: Interruption): Bytes;
}

export interface WholeWriter extends Writer {
  readonly kind: "whole";
  event(event: TurnEvent): void;
  interrupted(why: Interruption): void;
  /** Called once, after the terminal event or the interruption. */
  answer(): WholeAnswer;
}

export type AnswerWriter = StreamWriter | WholeWriter;

/** How a caller gets its turn: part of the prepared request. */
export interface AnswerForm {
  readonly kind: AnswerWriter["kind"];
  /** A writer for one attempt, of this kind. */
  readonly writer: () => AnswerWriter;
}

/** An answer in one piece: JSON text, or what went wrong. */
export type WholeAnswer =
  | { readonly kind: "answer"; readonly json: Bytes | string }
  | { readonly kind: "error"; readonly error: TurnError };

/** A turn that failed, as an answer without events. */
export interface TurnError {
  readonly status: number;
  readonly error: ErrorDetail;
  /** Seconds; undefined for no `retry-after`. */
  readonly retryAfter: number | undefined;
}
