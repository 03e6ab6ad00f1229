/**
 * `GET …/responses` with `Upgrade: websocket`: refused, or answered with 101
 * and handed to a session (RFC 6455, section 4.2).
 */

import { STATUS_CODE } from "@std/http";
import type { HeaderLine } from "../../protocol/headers.ts";
import { acceptOf } from "../frames/accept.ts";
import type { SimulatedAccount } from "../accounts/account.ts";
import type { Backend } from "../accounts/backend.ts";
import { turnLimitHeaders } from "../accounts/shown_limits.ts";
import { setCookies, turnState } from "../model/bound_values.ts";
import { Connection } from "../frames/connection.ts";
import { DEFLATE_ANSWER, offersDeflate } from "../frames/deflate.ts";
import type { Exchange } from "../http/exchange.ts";
import { type Fault, isHeadFault } from "../faults/faults.ts";
import { Session } from "./session.ts";
import { isSocketFault } from "../faults/socket_fault_kinds.ts";
import { SocketSink } from "./socket_sink.ts";

export async function handshake(
  backend: Backend,
  exchange: Exchange,
): Promise<void> {
  const { recording } = exchange;
  if (recording.header("upgrade")?.toLowerCase() !== "websocket") {
    return exchange.json(STATUS_CODE.MethodNotAllowed, {
      detail: "Method Not Allowed",
    });
  }
  if (!backend.sockets.accepted) return refuseUpgrade(exchange);

  const known = backend.authenticate(recording);
  if (!known.ok) return exchange.json(known.error.status, known.error.body);
  const account = known.value;
  const fault = account.takeFault("handshake");
  if (fault !== undefined && isHeadFault(fault)) {
    if (!await exchange.suffer(fault)) return;
  }
  const key = recording.header("sec-websocket-key");
  if (key === undefined) {
    return exchange.json(STATUS_CODE.BadRequest, {
      detail: "Missing Sec-WebSocket-Key header",
    });
  }
  await open({ backend, account, exchange, key, fault });
}

/**
 * Refuses websockets: the client falls back to SSE at once (docs/client.md,
 * "What the client does about failures").
 */
function refuseUpgrade(exchange: Exchange): void {
  exchange.json(STATUS_CODE.UpgradeRequired, {
    error: { message: "upgrade required" },
  });
}

async function open(
  { backend, account, exchange, key, fault }: {
    readonly backend: Backend;
    readonly account: SimulatedAccount;
    readonly exchange: Exchange;
    readonly key: string;
    readonly fault: Fault | undefined;
  },
): Promise<void> {
  const { recording } = exchange;
  const deflate = backend.sockets.deflate &&
    offersDeflate(recording.header("sec-websocket-extensions"));
  const asked = fault?.kind === "wrong_accept" ? "another key" : key;
  const { socket, head } = exchange.upgrade([
    ["Upgrade", "websocket"],
    ["Connection", "Upgrade"],
    ["Sec-WebSocket-Accept", acceptOf(asked)],
    ...(deflate ? [["Sec-WebSocket-Extensions", DEFLATE_ANSWER] as const] : []),
    ...upgradeHeaders(backend, account, exchange),
    ...(fault?.kind === "headers" ? fault.headers : []),
  ]);
  const connection = new Connection(
    {
      id: backend.sockets.nextId(),
      account: account.name,
      headers: recording.headers,
      deflate,
      openedAt: backend.now(),
      maxMessageBytes: backend.sockets.maxMessageBytes,
      record: exchange.recorder.keeps,
      changed: () => exchange.recorder.changed(),
    },
    socket,
    head,
  );
  const session = new Session({ backend, account, connection });
  connection.onText = (text) => session.receive(text);
  connection.onViolation = (what) =>
    backend.violations.push(`${what} by "${account.name}"`);
  if (exchange.recorder.keeps) backend.sockets.connections.push(connection);
  exchange.recorder.changed();

  if (fault?.kind === "cut") return connection.cut();
  if (fault === undefined || !isSocketFault(fault)) return;
  await new SocketSink(connection).misbehave(fault);
}

/** The recorded header lines of a 101; `x-request-id` is not from a capture. */
function upgradeHeaders(
  backend: Backend,
  account: SimulatedAccount,
  { recording }: Exchange,
): readonly HeaderLine[] {
  const serial = backend.nextSerial();
  const hint = recording.header("x-codex-routing-hint") ?? "";
  const model: readonly HeaderLine[] = hint.startsWith("model=")
    ? [["openai-model", hint.slice("model=".length)]]
    : [];
  return [
    ...turnLimitHeaders(account, backend.now()),
    ["x-codex-turn-state", turnState(account.ownerKey, serial)],
    ["x-models-etag", backend.modelsEtag],
    ...model,
    ["x-reasoning-included", "true"],
    ["x-request-id", `req-${serial}`],
    ...setCookies(account.ownerKey, serial).map((cookie): HeaderLine => [
      "set-cookie",
      cookie,
    ]),
  ];
}
