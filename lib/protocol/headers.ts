/**
 * HTTP header names, and the order in which the official client writes them.
 *
 * `Headers` forgets the order, so a request is a list of lines that is sorted
 * here. Does not choose values.
 */

export type HeaderLine = readonly [name: string, value: string];

/**
 * Headers that belong to one connection and are never forwarded
 * (RFC 9110, section 7.6.1, and the older `keep-alive` and `proxy-*`).
 */
const HOP_BY_HOP: ReadonlySet<string> = new Set([
  "connection",
  "expect",
  "http2-settings",
  "keep-alive",
  "proxy-authenticate",
  "proxy-authorization",
  "proxy-connection",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
]);

/** Stands for every header that the order does not name. */
const OTHERS = "*";

/** `POST …/responses` (docs/client.md, "Header order over HTTP"). */
export const STREAM_ORDER: readonly string[] = [
  "version",
  "x-openai-account-routing-override",
  OTHERS,
  "x-codex-beta-features",
  "x-codex-turn-state",
  "x-codex-window-id",
  "x-codex-turn-metadata",
  "x-codex-parent-thread-id",
  "x-openai-subagent",
  "x-openai-internal-codex-responses-lite",
  "x-codex-routing-hint",
  "x-openai-memgen-request",
  "x-codex-guardian",
  "x-client-request-id",
  "session-id",
  "thread-id",
  "accept",
  "content-encoding",
  "content-type",
  "authorization",
  "chatgpt-account-id",
  "x-openai-fedramp",
  "originator",
  "user-agent",
  "accept-encoding",
  "cookie",
];

/** Models, search and images (docs/client.md, "Header order over HTTP"). */
export const UNARY_ORDER: readonly string[] = [
  "version",
  "x-openai-account-routing-override",
  OTHERS,
  "x-codex-image-turn-id",
  "x-codex-turn-metadata",
  "authorization",
  "chatgpt-account-id",
  "x-openai-fedramp",
  "content-encoding",
  "content-type",
  "originator",
  "user-agent",
  "accept",
  "accept-encoding",
  "cookie",
];

/** `GET …/responses` as a websocket, before `inHandshakeOrder`. */
export const HANDSHAKE_ORDER: readonly string[] = [
  "version",
  "x-openai-account-routing-override",
  OTHERS,
  "x-codex-beta-features",
  "x-client-request-id",
  "session-id",
  "thread-id",
  "x-codex-window-id",
  "x-codex-turn-metadata",
  "x-codex-parent-thread-id",
  "x-openai-subagent",
  "x-codex-routing-hint",
  "x-openai-memgen-request",
  "openai-beta",
  "x-codex-guardian",
  "originator",
  "user-agent",
  "authorization",
  "chatgpt-account-id",
  "x-openai-fedramp",
  "cookie",
];

/**
 * The order of a websocket handshake (docs/client.md, "Handshakes"): the
 * client's map removes its five fixed headers by swapping, so the last five
 * come first, in reverse.
 */
export function inHandshakeOrder(lines: readonly HeaderLine[]): HeaderLine[] {
  const inserted = inOrder(lines, HANDSHAKE_ORDER);
  const last = inserted.splice(-5).reverse();
  return [...last, ...inserted];
}

/** Servers accept at least this much in one header; ids need far less. */
const MAX_HEADER_TEXT = 4096;

/** Whether a text can be sent as a header's value. */
export function isHeaderText(text: string): boolean {
  return text.length <= MAX_HEADER_TEXT &&
    /^[\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?$/.test(text);
}

/**
 * Whether the body after these headers is an event stream. An answer without a
 * type is assumed to be what the request asked for.
 */
export function isEventStream(headers: Headers, isAsked = false): boolean {
  const type = headers.get("content-type")?.trimStart().toLowerCase();
  return type?.startsWith("text/event-stream") ?? isAsked;
}

/** Sorts lines by `order`; lines of equal rank keep their order. */
export function inOrder(
  lines: readonly HeaderLine[],
  order: readonly string[],
): HeaderLine[] {
  const others = order.indexOf(OTHERS);
  const rank = ([name]: HeaderLine) => {
    const at = order.indexOf(name);
    return at === -1 ? others : at;
  };
  return lines.toSorted((a, b) => rank(a) - rank(b));
}

/**
 * The end-to-end header lines of a message, without those that `drop` selects
 * and those that its `connection` header declares hop-by-hop.
 */
export function endToEnd(
  headers: Headers,
  drop: (name: string) => boolean,
): HeaderLine[] {
  const declared = new Set(
    (headers.get("connection") ?? "").split(",").map((token) =>
      token.trim().toLowerCase()
    ),
  );
  const kept: HeaderLine[] = [];
  // `forEach` costs a tenth of iterating, which sorts and copies every step.
  headers.forEach((value, name) => {
    if (!HOP_BY_HOP.has(name) && !declared.has(name) && !drop(name)) {
      kept.push([name, value]);
    }
  });
  return kept;
}
