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
  plainValue,
  scanInTurns,
  scanObject,
  valueLength,
  valueQuote,
  valueText,
} from "../protocol/json_edit.ts";
import { err, type MaybePromise, ok, type Result } from "../result.ts";
import type { ReceivedBody } from "./body.ts";
import { badRequest, type CallerError } from "./failure.ts";
import { FORM_NAMES, type FormName } from "./openai/forms.ts";
import { readSessionSource, type SessionSource } from "./session_source.ts";

/** What the rules need to know of a body. */
export interface BodyFacts {
  readonly scan: ObjectScan;
  readonly model: string | undefined;
  readonly stream: boolean;
  readonly cacheKey: string | undefined;
  readonly source: SessionSource | undefined;
  /** The form that the caller wants its turn in. */
  readonly requestForm: FormName | undefined;
}

/** Reports mistakes in `_gateway`, which upstream never sees. */
export function readMembers(
  body: ReceivedBody,
): MaybePromise<Result<BodyFacts, CallerError>> {
  const scan = scanInTurns(body.bytes);
  return scan instanceof Promise
    ? scan.then((scan) => readScanned(body, scan))
    : readScanned(body, scan);
}

function readScanned(
  body: ReceivedBody,
  scan: Awaited<ReturnType<typeof scanInTurns>>,
): Result<BodyFacts, CallerError> {
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
  const wishes = gatewayWishes(body.bytes, scan.value);
  if (!wishes.ok) return wishes;
  return ok({
    scan: scan.value,
    model: text("model"),
    stream: isTrue(body.bytes, memberOf(scan.value, "stream")),
    cacheKey: text("prompt_cache_key"),
    ...wishes.value,
  });
}

/** The parsed value; undefined if it is too long or not valid JSON. */
function readValue(bytes: Uint8Array, member: Member): unknown {
  if (valueLength(member) > MAX_RULE_VALUE_BYTES) return undefined;
  return plainValue(bytes, member) ??
    parseObject(`{"v":${valueText(bytes, member)}}`)?.["v"];
}

/** The scan has checked the word that begins there. */
function isTrue(bytes: Uint8Array, member: Member | undefined): boolean {
  return member !== undefined && bytes[member.valueStart] === LETTER_T;
}

const LETTER_T = 0x74;

/** What `_gateway` holds. */
type Wishes = Pick<BodyFacts, "source" | "requestForm">;

const NO_WISHES: Wishes = { source: undefined, requestForm: undefined };

function gatewayWishes(
  bytes: Uint8Array,
  scan: ObjectScan,
): Result<Wishes, CallerError> {
  const member = memberOf(scan, "_gateway");
  const value = member && readValue(bytes, member);
  if (member === undefined || value === null) return ok(NO_WISHES);
  if (valueLength(member) > MAX_RULE_VALUE_BYTES) {
    return err(
      mistake(bytes, member, `is over ${MAX_RULE_VALUE_BYTES} bytes long`),
    );
  }
  if (!isObject(value)) return err(mistake(bytes, member, "is not an object"));

  const wrong = (key: string, what: string) => {
    const inner = scanObject(bytes, member.valueStart);
    const found = inner.ok ? memberOf(inner.value, key) : undefined;
    return err(mistake(bytes, found ?? member, what));
  };
  const givenSource = value["session_source"] ?? undefined;
  const source = readSessionSource(givenSource);
  if (givenSource !== undefined && source === undefined) {
    return wrong("session_source", "is not a session source");
  }
  const givenForm = value["request_form"] ?? undefined;
  const requestForm = FORM_NAMES.find((name) => name === givenForm);
  if (givenForm !== undefined && requestForm === undefined) {
    return wrong("request_form", `is not one of ${FORM_NAMES.join(", ")}`);
  }
  return ok({ source, requestForm });
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
