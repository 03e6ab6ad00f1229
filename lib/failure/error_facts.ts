/**
 * Reads the few fields of an error body or event that say what went wrong.
 * Does not classify (see `classify.ts`).
 */

import {
  MAX_ERROR_BODY_BYTES,
  MAX_ERROR_EVENT_CHARS,
  MAX_ERROR_HEADERS,
  MAX_ERROR_MESSAGE_CHARS,
} from "../limits.ts";
import {
  type JsonObject,
  numberField,
  objectField,
  parseObject,
  stringField,
} from "../protocol/json.ts";

/** What an error says about itself. */
export interface ErrorFacts {
  /** The HTTP status; undefined for an event without one. */
  readonly status: number | undefined;
  readonly type: string | undefined;
  readonly code: string | undefined;
  /** `detail.code`, as the backend's own refusals have it. */
  readonly detailCode: string | undefined;
  /** `incomplete_details.reason`: why an answer was cut short. */
  readonly reason: string | undefined;
  /** `error.message`, `detail` or `detail.message`; empty without any. */
  readonly message: string;
  /** The object with the reset hints: it has `error`, or is the error. */
  readonly body: JsonObject | undefined;
  /** The headers of the answer, or of the event (docs/client.md, "Frames"). */
  readonly headers: Headers;
  /** Whether there was a JSON object; the backend always sends one. */
  readonly isJson: boolean;
}

/** Reads `{"error":{…}}` and `{"detail":…}` bodies; never throws. */
export function answerFacts(
  answer: {
    readonly status: number;
    readonly headers: Headers;
    readonly body: Uint8Array;
  },
): ErrorFacts {
  const body = answer.body.byteLength > MAX_ERROR_BODY_BYTES
    ? undefined
    : parseObject(new TextDecoder().decode(answer.body));
  return facts({ status: answer.status, body, headers: answer.headers });
}

/**
 * Reads `response.failed` and `response.incomplete`, whose errors are in
 * `response.error`, and `error` events, nested or flat, with `status` or its
 * alias `status_code` (docs/client.md, "Frames").
 */
export function eventFacts(data: string): ErrorFacts {
  const event = data.length > MAX_ERROR_EVENT_CHARS
    ? undefined
    : parseObject(data);
  const response = event && objectField(event, "response");
  const status = event &&
    (numberField(event, "status") ?? numberField(event, "status_code"));
  return facts({
    status,
    body: response ?? event,
    headers: headersOf(event && objectField(event, "headers")),
  });
}

function facts(
  { status, body: read, headers }: {
    readonly status: number | undefined;
    readonly body: JsonObject | undefined;
    readonly headers: Headers;
  },
): ErrorFacts {
  const body = read ?? {};
  const detail = objectField(body, "detail");
  // A flat event is itself the error, but its `type` names the event.
  const error = objectField(body, "error") ?? { ...body, type: undefined };
  const message = stringField(error, "message") ??
    stringField(body, "detail") ?? (detail && stringField(detail, "message"));
  return {
    status,
    type: stringField(error, "type"),
    code: stringField(error, "code"),
    detailCode: detail && stringField(detail, "code"),
    reason: stringField(
      objectField(body, "incomplete_details") ?? {},
      "reason",
    ),
    message: (message ?? "").slice(0, MAX_ERROR_MESSAGE_CHARS),
    body,
    headers,
    isJson: read !== undefined,
  };
}

function headersOf(object: JsonObject | undefined): Headers {
  const headers = new Headers();
  const told = Object.entries(object ?? {}).slice(0, MAX_ERROR_HEADERS);
  for (const [name, value] of told) {
    if (typeof value !== "string" && typeof value !== "number") continue;
    try {
      headers.set(name, String(value));
    } catch {
      // Not a valid header, so it is ignored.
    }
  }
  return headers;
}
