/**
 * `GET /v1/responses` as a websocket: connects to upstream first, then accepts
 * the caller with the headers of upstream's 101.
 *
 * A refused handshake costs the client seven tries (docs/client.md, "What the
 * client does about failures"). So a caller that no account can serve now is
 * accepted all the same and gets the error in its first turn. A refusal that
 * another attempt would not change is passed on; a 426 makes the client use
 * server-sent events for the session. Relays nothing itself.
 */
import { STATUS_CODE } from "@std/http";
import { handshakeHeaders } from "../../downstream/answer.ts";
import { prepare } from "../../downstream/normalize.ts";
import { json } from "../../downstream/json_answer.ts";
import { renderCallerError, renderFailure } from "../../downstream/render.ts";
import type { Failure } from "../../failure/failure.ts";
import type { OpenWork } from "../../relay/open_work.ts";
import {
  type WebsocketDeps,
  WebsocketRelay,
} from "../../relay/websocket/websocket.ts";

export interface WebsocketRouteDeps {
  readonly websocket: WebsocketDeps;
  readonly work: OpenWork;
  /** How log lines name the handshake. */
  readonly requestId: string;
}

/** Failures that another attempt or another account would not change. */
const REFUSED: ReadonlySet<Failure["kind"]> = new Set([
  "account_refused",
  "caller_gone",
  "no_websocket",
]);

export async function openWebsocket(
  request: Request,
  url: URL,
  { websocket, work, requestId }: WebsocketRouteDeps,
): Promise<Response> {
  if (!isHandshake(request.headers)) return upgradeRequired();
  const prepared = await prepare({
    endpoint: "responses",
    query: url.search,
    headers: request.headers,
    body: undefined,
  }, websocket.prepare);
  if (!prepared.ok) return renderCallerError(prepared.error);

  // A copy: the request's own headers are gone after the upgrade.
  const headers = new Headers(request.headers);
  const caller = { headers, prepared: prepared.value, requestId };
  const relay = new WebsocketRelay(caller, websocket);
  using pending = work.begin(request.signal);
  const opened = await relay.open(pending.signal);
  const failure = opened.ok ? undefined : work.meaningOf(opened.error);
  // A gateway that stops would let the caller in only to send it away.
  if (failure && (REFUSED.has(failure.kind) || work.draining)) {
    relay.abandon();
    const { dialect } = prepared.value;
    return renderFailure(failure, websocket.rendering(dialect));
  }
  const upgraded = accept(request);
  if (!upgraded) {
    relay.abandon();
    return upgradeRequired();
  }
  const { socket, response } = upgraded;
  relay.attach(socket);
  work.session(relay);
  // An SDK caller gets none of these headers, as over HTTP.
  if (opened.ok && prepared.value.dialect === "codex") {
    const { lines } = websocket.upstream.poolLimits;
    const told = handshakeHeaders(opened.value.headers, lines);
    for (const [name, value] of Object.entries(told)) {
      response.headers.set(name, value);
    }
  }
  return response;
}

/** The version of the websocket protocol (RFC 6455, section 4.1). */
const VERSION = "13";

/** Checks what a server must check (RFC 6455, section 4.2.1). */
function isHandshake(headers: Headers): boolean {
  const upgrade = headers.get("upgrade")?.toLowerCase();
  return upgrade === "websocket" && headers.has("sec-websocket-key") &&
    headers.get("sec-websocket-version") === VERSION;
}

/** Undefined if the runtime refuses the handshake, or the caller has left. */
function accept(request: Request): Deno.WebSocketUpgrade | undefined {
  try {
    return Deno.upgradeWebSocket(request);
  } catch {
    return undefined;
  }
}

/** Names the version that is accepted (RFC 6455, section 4.4). */
function upgradeRequired(): Response {
  return json(STATUS_CODE.UpgradeRequired, {
    error: {
      message: "upgrade required: a GET here is the handshake of a websocket",
      type: "invalid_request_error",
      param: null,
      code: "upgrade_required",
    },
  }, { "upgrade": "websocket", "sec-websocket-version": VERSION });
}
