/**
 * Why an SDK caller's request is refused before any account is asked, in the
 * words that its SDK shows.
 */
export interface Refusal {
  readonly code: string | null;
  /** The parameter that is to blame: `input[0].content[1].file_id`. */
  readonly param: string;
  readonly message: string;
}

export function missing(param: string): Refusal {
  return {
    code: "missing_required_parameter",
    param,
    message: `Missing required parameter: '${param}'.`,
  };
}

/** `given`: the beginning of the value. */
export function wrongType(
  param: string,
  { expected, given }: { readonly expected: string; readonly given: string },
): Refusal {
  return {
    code: "invalid_type",
    param,
    message: `Invalid type for '${param}': expected ${expected}, got ${given}.`,
  };
}

export function unsupported(param: string, why: string): Refusal {
  return {
    code: "unsupported_parameter",
    param,
    message: `Unsupported parameter: '${param}'. ${why}`,
  };
}
