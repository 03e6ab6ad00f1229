/**
 * What the rules of `normalize.ts` need to know of a body: where its members
 * are, and the values of a few. Changes nothing.
 */
import { MAX_RULE_VALUE_BYTES } from "../limits.ts";
import { isObject, parseObject } from "../protocol/json.ts";
import {
  type Member,
  memberOf,
  type ObjectScan,
  scanObject,
  valueLength,
  valueQuote,
  valueText,
} from "../protocol/json_edit.ts";
import { err, ok, type Result } from "../result.ts";
import type { ReceivedBody } from "./body.ts";
import { badRequest, type CallerError } from "./failure.ts";
import { readSessionSource, type SessionSource } from "./session_source.ts";

/** What the rules need to know of a body. */
export interface BodyFacts {
  readonly scan: ObjectScan;
  readonly model: string | undefined;
  readonly stream: boolean;
  readonly cacheKey: string | undefined;
  readonly source: SessionSource | undefined;
}

/** Reports mistakes in `_gateway`, which upstream never sees. */
export function readMembers(
  body: ReceivedBody,
): Result<BodyFacts, CallerError> {
  const scan = scanObject(body.bytes);
  if (!scan.ok) {
    const { message } = scan.error;
    return err(badRequest(`Request body is not a JSON object: ${message}`));
  }
  const read = (key: string): unknown => {
    const member = memberOf(scan.value, key);
    return member && readValue(body.bytes, member);
  };
  const text = (key: string) => {
    const value = read(key);
    return typeof value === "string" && value !== "" ? value : undefined;
  };
  const source = gatewaySource(body.bytes, scan.value);
  if (!source.ok) return source;
  return ok({
    scan: scan.value,
    model: text("model"),
    stream: read("stream") === true,
    cacheKey: text("prompt_cache_key"),
    source: source.value,
  });
}

/** The parsed value; undefined if it is too long or not valid JSON. */
function readValue(bytes: Uint8Array, member: Member): unknown {
  return valueLength(member) > MAX_RULE_VALUE_BYTES
    ? undefined
    : parseObject(`{"v":${valueText(bytes, member)}}`)?.["v"];
}

function gatewaySource(
  bytes: Uint8Array,
  scan: ObjectScan,
): Result<SessionSource | undefined, CallerError> {
  const member = memberOf(scan, "_gateway");
  const value = member && readValue(bytes, member);
  if (member === undefined || value === null) return ok(undefined);
  if (valueLength(member) > MAX_RULE_VALUE_BYTES) {
    return err(
      mistake(bytes, member, `is over ${MAX_RULE_VALUE_BYTES} bytes long`),
    );
  }
  if (!isObject(value)) return err(mistake(bytes, member, "is not an object"));
  const given = value["session_source"];
  if (given === undefined || given === null) return ok(undefined);

  const source = readSessionSource(given);
  if (source) return ok(source);
  const inner = scanObject(bytes, member.valueStart);
  const wrong = inner.ok ? memberOf(inner.value, "session_source") : undefined;
  return err(mistake(bytes, wrong ?? member, "is not a session source"));
}

function mistake(
  bytes: Uint8Array,
  member: Member,
  what: string,
): CallerError {
  const { key } = member;
  const name = key === "_gateway" ? key : `_gateway.${key}`;
  return badRequest(`${name} ${valueQuote(bytes, member)} ${what}`);
}
