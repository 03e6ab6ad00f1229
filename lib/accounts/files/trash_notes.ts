/**
 * What a file in `trash/` says besides the account: why it is there, since
 * when, and whether its sign-in has ended. Pure.
 */

import { inOneLine } from "../../failure/redact.ts";
import { parseObject, stringField } from "../../protocol/json.ts";
import type { Values } from "./file_edit.ts";

export interface TrashNotes {
  /** For a person; `notesIn` reads it only in files of older versions. */
  readonly reason: string;
  /** Whether the server has ended the sign-in: it stays a row of the pool. */
  readonly ended: boolean;
  /** Milliseconds since the epoch; undefined if it cannot be read. */
  readonly at: number | undefined;
  /** The name it had in the accounts dir; undefined if it still has it. */
  readonly from: string | undefined;
}

/** The notes as members of the file. */
export function noteValues(
  { reason, ended, at, from }: TrashNotes & { readonly at: number },
): Values {
  return {
    ...reasonValues({ reason, ended }),
    codaze_trashed_at: new Date(at).toISOString(),
    codaze_trashed_from: from,
  };
}

/** Only why it is there. A long reason would make the file unreadable. */
export function reasonValues(
  { reason, ended }: Pick<TrashNotes, "reason" | "ended">,
): Values {
  return { codaze_reason: inOneLine(reason), codaze_ended: ended };
}

/** For a file that leaves the trash. */
export const WITHOUT_NOTES: Values = {
  codaze_reason: undefined,
  codaze_ended: undefined,
  codaze_trashed_at: undefined,
  codaze_trashed_from: undefined,
};

/** Undefined for a file that this program has not put there. */
export function notesIn(bytes: Uint8Array): TrashNotes | undefined {
  const object = parseObject(new TextDecoder().decode(bytes)) ?? {};
  const reason = stringField(object, "codaze_reason");
  if (reason === undefined) return undefined;
  const { codaze_ended: ended } = object;
  const at = Date.parse(stringField(object, "codaze_trashed_at") ?? "");
  return {
    reason,
    ended: typeof ended === "boolean" ? ended : !OLD_NO_END.test(reason),
    at: Number.isNaN(at) ? undefined : at,
    from: stringField(object, "codaze_trashed_from"),
  };
}

/**
 * Older versions write no `codaze_ended`. These reasons of theirs tell of files
 * whose sign-in has not ended.
 */
const OLD_NO_END = /^(duplicate of |holds a token that |replaced by )/;
