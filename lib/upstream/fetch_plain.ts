/**
 * Where every answer over HTTP comes in: decodes its content coding, drops the
 * headers about it, redacts tokens of the account that asked, and limits its
 * length. The body of an event stream is neither redacted nor limited.
 *
 * The only file that calls `Runtime.fetch`, so that no path can forget this.
 */
import { MAX_ERROR_ANSWER_BYTES, MAX_WHOLE_ANSWER_BYTES } from "../limits.ts";
import { codingOf } from "../protocol/content_coding.ts";
import { decodedStream } from "../protocol/decoding.ts";
import { isEventStream, UNTRUE_ONCE_DECODED } from "../protocol/headers.ts";
import type { OutgoingRequest, Runtime } from "../runtime.ts";
import { headersWithout } from "./secrets.ts";
import { wholeBody } from "./whole_body.ts";

const ASKED = "accept-encoding";

/** Means the same as no such line, which `fetch` cannot leave out. */
const IDENTITY = "identity";

/** Rejects as `fetch` does, and for a coding that cannot be decoded. */
export function fetchPlain(
  runtime: Pick<Runtime, "after" | "fetch">,
  request: OutgoingRequest,
): Promise<Response> {
  const asked = request.headers.find(([name]) => name === ASKED)?.[1];
  const headers = asked === undefined
    ? [...request.headers, [ASKED, IDENTITY] as const]
    : request.headers;
  return runtime.fetch({ ...request, headers }).then((response) =>
    limited(plain(response, asked ?? IDENTITY), request, runtime.after)
  );
}

function limited(
  response: Response,
  { secrets = [], stream = false, maxBytes = MAX_WHOLE_ANSWER_BYTES }:
    OutgoingRequest,
  after: Runtime["after"],
): Response {
  const { body, status } = response;
  const headers = headersWithout(response.headers, secrets);
  const isError = status >= 400;
  const isOpen = body === null || (!isError && isEventStream(headers, stream));
  if (headers === response.headers && isOpen) return response;
  return new Response(
    isOpen ? body : wholeBody(body, {
      limit: isError ? MAX_ERROR_ANSWER_BYTES : maxBytes,
      mayCut: isError,
      secrets,
      after,
    }),
    { status, headers },
  );
}

/** Throws for a coding that cannot be decoded. */
function plain(response: Response, asked: string): Response {
  const value = response.headers.get("content-encoding");
  if (value === null) return response;

  const { body, status } = response;
  const coding = codingOf(value);
  if (!coding.ok) {
    void body?.cancel().catch(() => {});
    throw new Error(
      `the answer has content-encoding "${value.slice(0, 40)}", ` +
        `which was not asked for`,
    );
  }
  const headers = new Headers(response.headers);
  for (const name of UNTRUE_ONCE_DECODED) headers.delete(name);
  const encoded = body && coding.value && !isDecodedByFetch(value, asked);
  return new Response(
    encoded ? decodedStream(body, coding.value) : body,
    { status, headers },
  );
}

/**
 * Whether the runtime's `fetch` has decoded the body but left the headers: it
 * does so for these two codings, unless `identity` was asked for.
 */
function isDecodedByFetch(value: string, asked: string): boolean {
  return asked.toLowerCase() !== IDENTITY &&
    /^(?:gzip|br)$/i.test(value.trim());
}
