/**
 * The few fields of an error body, or of an error event, that say what went
 * wrong. Reads; does not judge (see `classify.ts`).
 */

import {
  type JsonObject,
  numberField,
  objectField,
  parseObject,
  stringField,
} from "../protocol/json.ts";

/** What an error says of itself. */
export interface ErrorFacts {
  /** The HTTP status; undefined in an event that names none. */
  readonly status: number | undefined;
  readonly type: string | undefined;
  readonly code: string | undefined;
  /** `detail.code`, as the backend's own refusals have it. */
  readonly detailCode: string | undefined;
  /** `incomplete_details.reason`: why an answer was cut short. */
  readonly reason: string | undefined;
  /** `error.message` or a string `detail`; empty when there is neither. */
  readonly message: string;
  /** The object the reset hints are in: it has `error`, or is the error. */
  readonly body: JsonObject | undefined;
  /** Header lines that an event carries for its error (C2). */
  readonly headers: Headers;
  /** Whether there was a JSON object at all; the backend always sends one. */
  readonly isJson: boolean;
}

/** Enough of an error text for a person, and for the words looked for in it. */
const MAX_MESSAGE = 4096;

/** An error body that is longer is a page or a mistake, not an envelope. */
const MAX_BODY = 1024 * 1024;

/** Reads `{"error":{…}}` and `{"detail":…}` bodies; never throws. */
export function answerFacts(
  answer: {
    readonly status: number;
    readonly headers: Headers;
    readonly body: Uint8Array;
  },
): ErrorFacts {
  const body = answer.body.byteLength > MAX_BODY
    ? undefined
    : parseObject(new TextDecoder().decode(answer.body));
  return facts({ status: answer.status, body, headers: answer.headers });
}

/**
 * Reads `response.failed` and `response.incomplete` (their errors are in
 * `response.error`) and `error` events, nested, flat, and with the alias
 * `status_code` (captures C2, C4).
 */
export function eventFacts(data: string): ErrorFacts {
  const event = parseObject(data);
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
  // A flat error event is its own error, but its `type` names the event.
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
    message: (message ?? "").slice(0, MAX_MESSAGE),
    body,
    headers,
    isJson: read !== undefined,
  };
}

/** As many as a server takes; the time for more grows with their square. */
const MAX_HEADERS = 128;

function headersOf(object: JsonObject | undefined): Headers {
  const headers = new Headers();
  const told = Object.entries(object ?? {}).slice(0, MAX_HEADERS);
  for (const [name, value] of told) {
    if (typeof value !== "string" && typeof value !== "number") continue;
    try {
      headers.set(name, String(value));
    } catch {
      // Not a header: a hint that cannot be read is no hint.
    }
  }
  return headers;
}
