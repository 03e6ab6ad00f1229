/**
 * The error envelope of the OpenAI API, as its SDKs and Codex read it.
 */

/** What stands under `error` in an error body. */
export interface ErrorDetail {
  readonly message: string;
  readonly type: string;
  readonly param: string | null;
  readonly code: string | null;
}

export interface ErrorEnvelope {
  readonly error: ErrorDetail;
}

/** Builds the envelope; `type` defaults to what the status code suggests. */
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
