/**
 * Parses the values of flags. Each error says what was expected and quotes the
 * value. Pure.
 */
import { err, ok, type Result } from "../result.ts";
import { isHostValue, isOriginValue } from "../server/port/guard.ts";

/** One bound address; the host is a loopback literal. */
export interface Listen {
  readonly hostname: string;
  readonly port: number;
}

/** `source` is the flag with its dashes or its variable, for the error. */
export type Parser<T> = (source: string, value: string) => Result<T, string>;

/** Parses `host:port`. Loopback only, as the port gives access to accounts. */
export function parseListen(
  source: string,
  value: string,
): Result<Listen, string> {
  const match = /^(127\.0\.0\.1|localhost|\[::1\]):(\d{1,5})$/.exec(value);
  if (!match) {
    return refuse(source, value, "a loopback host and a port");
  }
  const [, host = "", digits = ""] = match;
  const port = Number(digits);
  if (port > 65535) return refuse(source, value, "a port up to 65535");

  // The program's network permissions name addresses, not `localhost`.
  const hostname = host === "[::1]" ? "::1" : "127.0.0.1";
  return ok({ hostname, port });
}

export function choiceOf<const T extends string>(
  choices: readonly T[],
): Parser<T> {
  return (source, value) => {
    const choice = choices.find((name) => name === value);
    return choice === undefined
      ? refuse(source, value, `one of ${choices.join(", ")}`)
      : ok(choice);
  };
}

export function parseVersion(
  source: string,
  value: string,
): Result<string, string> {
  return /^\d+\.\d+\.\d+(?:[-+.][0-9A-Za-z.-]+)?$/.test(value)
    ? ok(value)
    : refuse(source, value, "a version such as 0.171.0");
}

/** Whole seconds, up to a day, as milliseconds. */
export function parseSeconds(
  source: string,
  value: string,
): Result<number, string> {
  return /^\d{1,5}$/.test(value) && Number(value) <= 86_400
    ? ok(Number(value) * 1000)
    : refuse(source, value, "whole seconds from 0 to 86400");
}

export function parseBytes(
  source: string,
  value: string,
): Result<number, string> {
  return /^\d{1,10}$/.test(value) && Number(value) >= 1024 &&
      Number(value) <= 1_073_741_824
    ? ok(Number(value))
    : refuse(source, value, "bytes from 1024 to 1073741824");
}

/** Only the official origin or this machine, because tokens are sent there. */
export function urlAt(official: string): Parser<URL> {
  return (source, value) => parseUrl(source, value, official);
}

function parseUrl(
  source: string,
  value: string,
  official: string,
): Result<URL, string> {
  const url = URL.canParse(value) ? new URL(value) : undefined;
  const expected =
    `${official}, or http or https on loopback, because tokens are sent there`;
  if (!url) return refuse(source, shownUrl(value), expected);
  if (url.username || url.password) {
    return refuse(source, shownUrl(value), "no user and no password in it");
  }
  // Search the text: `URL` does not show an empty query or fragment.
  if (/[?#]/.test(value)) {
    return refuse(source, shownUrl(value), "no query and no fragment in it");
  }
  const loopback = /^(127\.0\.0\.1|localhost|\[::1\])$/.test(url.hostname);
  const allowed = url.origin === official ||
    (loopback && (url.protocol === "http:" || url.protocol === "https:"));
  if (!allowed) return refuse(source, value, expected);
  // Replaced as in `parseListen`; but with TLS the certificate needs the name.
  const isName = url.hostname === "localhost";
  if (isName && url.protocol === "https:") {
    return refuse(source, value, NO_NAME);
  }

  url.pathname = url.pathname.replace(/\/+$/, "");
  if (isName) url.hostname = "127.0.0.1";
  return ok(url);
}

/** Without user, password, query and fragment, which may be secret. */
export function shownUrl(text: string): string {
  return text.replace(/\/\/.*@/, "//…@").replace(/([?#]).*$/s, "$1…");
}

const NO_NAME =
  "127.0.0.1 or [::1] instead of localhost, because this program may reach addresses of this machine only, and with TLS the name cannot be replaced by one";

/** `host` or `host:port`, as in a Host header. */
export function parseHost(
  source: string,
  value: string,
): Result<string, string> {
  return isHostValue(value)
    ? ok(value)
    : refuse(source, value, "a lower-case host, or host:port");
}

/** An origin as browsers send it: scheme, host and port only. */
export function parseOrigin(
  source: string,
  value: string,
): Result<string, string> {
  return isOriginValue(value)
    ? ok(value)
    : refuse(source, value, "an origin such as https://example.com");
}

function refuse(
  source: string,
  value: string,
  expected: string,
): { readonly ok: false; readonly error: string } {
  return err(`Cannot use ${source} "${value}": expected ${expected}`);
}
