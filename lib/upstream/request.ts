/**
 * Builds one attempt: a prepared request with an account's credential.
 *
 * Sends nothing. The header order is the official client's; so are the zstd
 * coding of a streaming body and the place of the installation id.
 */
import type { Credential } from "../accounts/pool/account.ts";
import type { PreparedBody, PreparedRequest } from "../downstream/prepared.ts";
import {
  HEADER,
  type HeaderLine,
  inHandshakeOrder,
  inOrder,
  NOT_FORWARDED_IN_HANDSHAKE,
  STREAM_ORDER,
  UNARY_ORDER,
} from "../protocol/headers.ts";
import type { MaybePromise } from "../result.ts";
import { urlBelow } from "../protocol/url.ts";
import { joined } from "../protocol/slab.ts";
import { nameUuid } from "../protocol/uuid.ts";
import { encodeZstd } from "../protocol/zstd/zstd.ts";
import { editZstd } from "../protocol/zstd/edit.ts";
import {
  metadataWithInstallationId,
  withInstallationId,
} from "./client_metadata.ts";

/** An attempt ready to be sent. */
export interface UpstreamRequest {
  readonly method: "GET" | "POST";
  readonly url: URL;
  readonly headers: readonly HeaderLine[];
  readonly body: Uint8Array<ArrayBuffer> | undefined;
  /** See `OutgoingRequest`. */
  readonly stream?: boolean;
  readonly secrets?: readonly string[];
  readonly maxBytes?: number;
}

/**
 * Throws if these header lines cannot be sent. That is a bug, or an account
 * that should not have been loaded. Code that catches a failed send calls this,
 * so as not to take it for a network failure.
 */
export function assertSendable(
  { headers }: { readonly headers: readonly HeaderLine[] },
): void {
  for (const [name, value] of headers) {
    if (!isSendable(name, value)) {
      throw new Error(`Header "${name}" has a value that no header can have`);
    }
  }
}

function isSendable(name: string, value: string): boolean {
  try {
    new Headers([[name, value]]);
    return true;
  } catch {
    return false;
  }
}

export interface AttemptContext {
  readonly upstream: URL;
  readonly credential: Credential;
  /** The account's cookies, as one header value. */
  readonly cookie: string | undefined;
  /** All tokens of the account: no answer may quote them to a caller. */
  readonly secrets: readonly string[];
}

/** At once, unless the body is large enough to be encoded in turns. */
export function buildRequest(
  request: PreparedRequest,
  context: AttemptContext,
): MaybePromise<UpstreamRequest> {
  const installationId = installationIdOf(request, context.credential);
  const body = encodeBody(request, installationId);
  const lines = accountLines(request, installationId, context);
  if (body?.coding) lines.push(["content-encoding", body.coding]);
  // Only this endpoint has a header for the installation id.
  if (request.endpoint === "responses/compact" && installationId) {
    lines.push([HEADER.installationId, installationId]);
  }
  const order = request.endpoint.startsWith("responses")
    ? STREAM_ORDER
    : UNARY_ORDER;
  const withBody = (body: UpstreamRequest["body"]): UpstreamRequest => ({
    method: request.body ? "POST" : "GET",
    url: urlOf(request, context),
    headers: inOrder(lines, order),
    body,
    stream: request.stream,
    secrets: secretsOf(context),
  });
  return body?.bytes instanceof Promise
    ? body.bytes.then(withBody)
    : withBody(body?.bytes);
}

/** A websocket handshake, without the headers of RFC 6455. */
export function buildHandshake(
  request: PreparedRequest,
  context: AttemptContext,
): Pick<UpstreamRequest, "url" | "headers"> & Pick<AttemptContext, "secrets"> {
  const installationId = installationIdOf(request, context.credential);
  const lines = accountLines(request, installationId, context).filter(
    ([name]) => !NOT_FORWARDED_IN_HANDSHAKE.has(name),
  );
  if (request.normalize && !lines.some(([name]) => name === HEADER.beta)) {
    lines.push([HEADER.beta, WEBSOCKET_BETA]);
  }
  return {
    url: urlOf(request, context),
    headers: inHandshakeOrder(lines),
    secrets: secretsOf(context),
  };
}

/** With this attempt's access token: the account may have another by now. */
function secretsOf({ credential, secrets }: AttemptContext): readonly string[] {
  const { accessToken } = credential;
  return secrets.includes(accessToken) ? secrets : [accessToken, ...secrets];
}

/** Names the protocol (docs/client.md, "Handshakes"). */
const WEBSOCKET_BETA = "responses_websockets=2026-02-06";

/** The account's installation id, if the request is normalized. */
export function installationIdOf(
  { normalize }: PreparedRequest,
  { claims }: Credential,
): string | undefined {
  return normalize && claims.accountId !== undefined
    ? nameUuid(claims.accountId)
    : undefined;
}

/** The caller's lines and those of the account, in no order yet. */
function accountLines(
  { headers }: PreparedRequest,
  installationId: string | undefined,
  { credential, cookie }: AttemptContext,
): HeaderLine[] {
  const { accountId, fedramp } = credential.claims;
  const lines = headers.map((line) => identified(line, installationId));
  lines.push(["authorization", `Bearer ${credential.accessToken}`]);
  if (accountId !== undefined) lines.push([HEADER.accountId, accountId]);
  if (fedramp) lines.push([HEADER.fedramp, "true"]);
  if (cookie !== undefined) lines.push(["cookie", cookie]);
  return lines;
}

function urlOf(
  { endpoint, query }: PreparedRequest,
  { upstream }: AttemptContext,
): URL {
  return urlBelow(upstream, `/${endpoint}${query}`);
}

/** A header line, with the installation id in its turn metadata replaced. */
function identified(
  line: HeaderLine,
  installationId: string | undefined,
): HeaderLine {
  const [name, value] = line;
  return installationId !== undefined && name === HEADER.turnMetadata
    ? [name, metadataWithInstallationId(value, installationId)]
    : line;
}

interface EncodedBody {
  readonly coding: string | undefined;
  readonly bytes: MaybePromise<Uint8Array<ArrayBuffer>>;
}

/**
 * The body as it is sent: a turn has the account's installation id and is zstd,
 * as the official client sends it (docs/client.md, "Turns over server-sent
 * events"). An unchanged body stays as the caller encoded it.
 */
function encodeBody(
  request: PreparedRequest,
  installationId: string | undefined,
): EncodedBody | undefined {
  const { body } = request;
  if (!body) return undefined;

  const turn = request.normalize && request.endpoint === "responses" &&
    request.stream;
  const parts = turn && installationId !== undefined
    ? withInstallationId(body, installationId)
    : [body.bytes];
  if (parts.length === 1 && body.wire) {
    return { coding: body.wire.coding, bytes: body.wire.bytes };
  }
  return turn
    ? { coding: "zstd", bytes: encodeTurn(body, parts) }
    : { coding: undefined, bytes: body.bytes };
}

/** The blocks of a large body before the first edit stay as they came. */
function encodeTurn(
  { bytes, wire }: PreparedBody,
  parts: readonly Uint8Array[],
): MaybePromise<Uint8Array<ArrayBuffer>> {
  if (parts.length === 1) return encodeZstd(bytes);
  const anew = () => encodeZstd(joined(parts));
  const edited = wire && editZstd(wire, parts);
  return edited instanceof Promise
    ? edited.then((bytes) => bytes ?? anew())
    : edited ?? anew();
}
