/** What a sentence of the log is made of. */
import type { LogFields } from "../../runtime.ts";

export interface Context {
  /** Milliseconds since the epoch. */
  readonly now: number;
  /** Whether the person wants every line. */
  readonly isDetailed: boolean;
  /** Whether lines of level `info` are written. */
  readonly hasInfo: boolean;
  /** Whether the start is not told yet. */
  readonly isStarting: boolean;
  /** Whether the latest turn has failed for want of upstream. */
  readonly isDoubtful: boolean;
  /** Whether upstream is known to be unreachable. */
  readonly isOutage: boolean;
}

/** Empty: another line tells it already. */
export type Sentence = (fields: LogFields, context: Context) => string;

export type Sentences = Readonly<Record<string, Sentence>>;
