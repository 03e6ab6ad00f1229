/**
 * Every header that the gateway treats in a way of its own: what is forwarded
 * to upstream, what is returned to callers, and the order in which the official
 * client writes its lines. Each list is named for its direction.
 *
 * `Headers` forgets the order, so a request is a list of lines that is sorted
 * here. Does not choose values.
 */
import { MAX_HEADER_CHARS } from "../limits.ts";
import { eachHeader } from "./each_header.ts";

export type HeaderLine = readonly [name: string, value: string];

/** Headers of Codex and ChatGPT that are read or written one by one. */
export const HEADER = {
  accountId: "chatgpt-account-id",
  /** On a refusal: the limit that is used up. */
  activeLimit: "x-codex-active-limit",
  beta: "openai-beta",
  fedramp: "x-openai-fedramp",
  guardian: "x-codex-guardian",
  installationId: "x-codex-installation-id",
  parentThreadId: "x-codex-parent-thread-id",
  routingHint: "x-codex-routing-hint",
  sessionId: "session-id",
  /** What older clients call it. */
  sessionIdBefore: "session_id",
  /** Read here, and never forwarded. */
  sessionSource: "x-codex-session-source",
  subagent: "x-openai-subagent",
  turnMetadata: "x-codex-turn-metadata",
  turnState: "x-codex-turn-state",
} as const;

// Both directions.

/**
 * Headers that belong to one connection and are passed on in no direction
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

// From a caller to upstream.

/**
 * Headers of the caller's login or connection, and those set per attempt. Holds
 * for every caller, whatever the lists below allow.
 */
const NEVER_FORWARDED: ReadonlySet<string> = new Set([
  "authorization",
  "chatgpt-account-id",
  "content-encoding",
  "content-length",
  "cookie",
  "host",
  "origin",
  "x-codex-session-source",
  // These belong to the caller's login; ours come from the account
  // (docs/client.md, "Account routes").
  "x-openai-account-routing-override",
  "x-openai-fedramp",
]);

/** The others of a Codex caller are forwarded. */
export function isNeverForwarded(name: string): boolean {
  return NEVER_FORWARDED.has(name) || name.startsWith("sec-");
}

/** All that an SDK caller may set: session, turn and trace. */
export const FORWARDED_FROM_SDK: ReadonlySet<string> = new Set([
  "session-id",
  "session_id",
  "thread-id",
  "traceparent",
  "tracestate",
  "x-client-request-id",
  "x-codex-beta-features",
  "x-codex-parent-thread-id",
  "x-codex-turn-metadata",
  "x-codex-turn-state",
  "x-codex-window-id",
  "x-openai-internal-codex-responses-lite",
  "x-openai-subagent",
  "x-responsesapi-include-timing-metrics",
]);

/** In passthrough an SDK caller also keeps its own identity. */
export const FORWARDED_FROM_SDK_IN_PASSTHROUGH: ReadonlySet<string> = new Set([
  "accept-encoding",
  "originator",
  "user-agent",
  "x-openai-internal-codex-residency",
]);

/** Headers about a body or an answer's body, which a handshake lacks. */
export const NOT_FORWARDED_IN_HANDSHAKE: ReadonlySet<string> = new Set([
  "accept",
  "accept-encoding",
  "content-type",
]);

// From upstream to a caller.

/**
 * Cookies belong to the login, and upstream's CORS headers must not open this
 * port to web pages.
 */
const NEVER_RETURNED: ReadonlySet<string> = new Set([
  "content-length",
  "set-cookie",
]);

/** The others are returned to a Codex caller. */
export function isNeverReturned(name: string): boolean {
  return NEVER_RETURNED.has(name) || name.startsWith("access-control-");
}

/** All that an SDK caller gets of upstream's headers. */
export const RETURNED_TO_SDK: ReadonlySet<string> = new Set([
  "cache-control",
  "content-type",
]);

/**
 * All that a Codex caller gets of the headers of upstream's 101
 * (docs/client.md, "Handshakes"). An SDK caller gets none.
 */
export const RETURNED_IN_HANDSHAKE =
  /^(?:x-codex-.*|openai-.*|x-models-etag|x-reasoning-included|x-request-id)$/;

/**
 * What an answer tells of the limits of the account that served, whatever the
 * limits are called (docs/client.md, "Limits"). A Codex caller gets the pool's
 * instead.
 */
export const LIMITS_OF_ACCOUNT =
  /^x-(?:.+-(?:primary|secondary|tertiary)-.+|.+-limit-name|codex-(?:credits-.+|plan-type|active-limit|promo-message|rate-limit-reached-type))$/;

/** No longer true of an answer once its content coding is undone. */
export const UNTRUE_ONCE_DECODED: readonly string[] = [
  "content-encoding",
  "content-length",
];

// The order toward upstream.

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

/** `GET …/wham/usage` and its neighbours (docs/client.md, "Limits"). */
export const ACCOUNT_ORDER: readonly string[] = [
  "user-agent",
  "authorization",
  "chatgpt-account-id",
  "x-openai-fedramp",
  "content-type",
  OTHERS,
  "accept",
  "accept-encoding",
  "cookie",
];

/** `POST /oauth/token` (docs/client.md, "Refreshing"). */
export const GRANT_ORDER: readonly string[] = [
  "content-type",
  "originator",
  "user-agent",
  "accept",
  "accept-encoding",
  OTHERS,
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

/** Whether a text can be sent as a header's value. */
export function isHeaderText(text: string): boolean {
  return text.length <= MAX_HEADER_CHARS &&
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
  const ranks = ranksIn(order);
  const others = ranks.get(OTHERS) ?? 0;
  const rank = ([name]: HeaderLine) => ranks.get(name) ?? others;
  return lines.toSorted((a, b) => rank(a) - rank(b));
}

/** Every request is sorted by one of a few orders. */
const RANKS = new WeakMap<readonly string[], ReadonlyMap<string, number>>();

function ranksIn(order: readonly string[]): ReadonlyMap<string, number> {
  const known = RANKS.get(order);
  if (known) return known;
  const ranks = new Map(order.map((name, rank) => [name, rank]));
  RANKS.set(order, ranks);
  return ranks;
}

/**
 * The end-to-end header lines of a message, without those that `drop` selects
 * and those that its `connection` header declares hop-by-hop.
 */
export function endToEnd(
  headers: Headers,
  drop: (name: string) => boolean,
): HeaderLine[] {
  const connection = headers.get("connection");
  const declared = connection === null
    ? undefined
    : new Set(connection.split(",").map((token) => token.trim().toLowerCase()));
  const kept: HeaderLine[] = [];
  eachHeader(headers, (value, name) => {
    if (!HOP_BY_HOP.has(name) && !declared?.has(name) && !drop(name)) {
      kept.push([name, value]);
    }
  });
  return kept;
}
