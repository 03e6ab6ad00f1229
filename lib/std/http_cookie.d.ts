/** Types of `http_cookie.ts`: the signatures of `@std/http/cookie`. */

/** A cookie as a `set-cookie` line has it (RFC 6265, section 4.1). */
export interface Cookie {
  /** Blanks after the name are kept, and so are blanks before the value. */
  name: string;
  value: string;
  /** An invalid date if the line's date cannot be read. */
  expires?: Date | number;
  /** Seconds; NaN if the line has no number. */
  maxAge?: number;
  domain?: string;
  path?: string;
  secure?: boolean;
  httpOnly?: boolean;
  partitioned?: boolean;
  sameSite?: "Strict" | "Lax" | "None";
  /** All other attributes. */
  unparsed?: string[];
}

/**
 * Reads every `set-cookie` line. Leaves out, with a message on the console,
 * cookies with a negative `Max-Age` and those that break their name's prefix.
 */
export function getSetCookies(headers: Headers): Cookie[];
