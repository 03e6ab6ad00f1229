/**
 * The error envelope of the OpenAI API, as its SDKs and Codex read it. Chooses
 * no status and no words.
 */

/** The value of `error` in an error body. */
export interface ErrorDetail {
  readonly message: string;
  readonly type: string;
  readonly param: string | null;
  readonly code: string | null;
}

export interface ErrorEnvelope {
  readonly error: ErrorDetail;
}

/** Builds the envelope; `param` and `code` default to null. */
export function errorEnvelope(
  error: {
    readonly message: string;
    readonly type: string;
    readonly code?: string | null;
    readonly param?: string | null;
  },
): ErrorEnvelope {
  const { message, type, param = null, code = null } = error;
  return { error: { message, type, param, code } };
}
