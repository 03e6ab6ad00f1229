/**
 * From a caller's request to the prepared request: the rules of both modes
 * that do not depend on the account.
 *
 * Edits single top-level keys on the body's bytes; every other byte stays. A
 * Codex caller's body is right by definition and only loses `_gateway`.
 */
import { parseObject } from "../protocol/json.ts";
import {
  editObject,
  type JsonText,
  memberOf,
  type ObjectScan,
  scanInTurns,
} from "../protocol/json_edit.ts";
import { HEADER, type HeaderLine } from "../protocol/headers.ts";
import { nameUuid } from "../protocol/uuid.ts";
import { err, type MaybePromise, ok, type Result } from "../result.ts";
import type { ReceivedBody } from "./body.ts";
import { type BodyFacts, readMembers } from "./body_facts.ts";
import { derivedSession, type SessionNames } from "./derived_session.ts";
import { type Dialect, dialectOf, sessionOf } from "./caller.ts";
import { type CallerError, refused } from "./failure.ts";
import { prepareHeaders } from "./headers.ts";
import { inForm } from "./forms.ts";
import type { FormName, ModelForms } from "./openai/forms.ts";
import { LITE_HEADER } from "./openai/lite_form.ts";
import type { AnswerForm } from "./openai/answer_writer.ts";
import { openaiRules } from "./openai_rules.ts";
import type { Endpoint, PreparedBody, PreparedRequest } from "./prepared.ts";
import { turnOf } from "./turn_name.ts";
import { readSessionSource, type SessionSource } from "./session_source.ts";

/** What `prepare` needs besides the request. */
export interface PrepareContext {
  readonly normalize: boolean;
  readonly identity: readonly HeaderLine[];
  readonly newId: () => string;
  /** For the session ids of callers that name no session. */
  readonly sessionNames: SessionNames;
  /** As the models snapshot has it for a slug; undefined if it does not say. */
  readonly parallelToolCalls: (slug: string) => Promise<boolean | undefined>;
  /** Which form a turn of an SDK caller has, by its model. */
  readonly forms: Pick<ModelForms, "of">;
}

export interface CallerRequest {
  readonly endpoint: Endpoint;
  readonly query: string;
  readonly headers: Headers;
  /** Undefined for a GET. */
  readonly body: ReceivedBody | undefined;
  /** The body is the frame of a websocket. */
  readonly isFrame?: boolean;
  /**
   * For a body that was translated from another API: how its caller gets the
   * answer. Such callers are never Codex.
   */
  readonly answer?: AnswerForm;
}

/** The rules in order: read, edit the body, then choose the headers. */
export async function prepare(
  request: CallerRequest,
  context: PrepareContext,
): Promise<Result<PreparedRequest, CallerError>> {
  const dialect = request.answer ? "openai" : dialectOf(request.headers);
  const body = request.body && await readMembers(request.body);
  if (body && !body.ok) return body;
  const facts = body?.value;

  const named = sessionOf(request.headers);
  const parent = request.headers.get(HEADER.parentThreadId) || undefined;
  const derived = named || facts?.cacheKey || parent
    ? undefined
    : sessionIn(request, facts, context);
  const edited = facts && request.body && await editBody({
    request,
    received: request.body,
    facts: { ...facts, sessionId: named ?? derived },
    dialect,
    context,
  });
  if (edited && !edited.ok) return edited;
  const { ignored = [] } = edited?.value ?? {};
  const answer = request.answer ?? edited?.value.answer;
  const stream = STREAMED.has(request.endpoint) &&
    (facts?.stream === true || answer !== undefined);

  const plain: PreparedRequest = {
    endpoint: request.endpoint,
    dialect,
    query: dialect === "openai" && request.endpoint !== "models"
      ? ""
      : queryOf(request, context),
    headers: prepareHeaders({
      headers: request.headers,
      dialect,
      normalize: context.normalize,
      endpoint: request.endpoint,
      stream,
      model: facts?.model,
      sessionId: named ?? derived ??
        (facts?.cacheKey && nameUuid(`session:${facts.cacheKey}`)),
      source: facts?.source ?? headerSource(request.headers),
      identity: context.identity,
      newId: context.newId,
    }),
    body: edited?.value.body,
    model: facts?.model,
    sessionKey: named ?? facts?.cacheKey ?? parent ?? derived,
    turn: turnOf(
      request.headers,
      request.body && facts && { bytes: request.body.bytes, scan: facts.scan },
    ),
    stream,
    answer,
    form: undefined,
    ignored,
    normalize: context.normalize,
  };
  return ok(
    edited?.value.isTurn
      ? await formed(plain, facts?.requestForm, request, context)
      : plain,
  );
}

/** A caller that names the form in a header has made it itself. */
async function formed(
  plain: PreparedRequest,
  wanted: FormName | undefined,
  { headers, isFrame = false }: CallerRequest,
  { forms, sessionNames: names }: PrepareContext,
): Promise<PreparedRequest> {
  const { body, model } = plain;
  if (!body || model === undefined || headers.has(LITE_HEADER)) return plain;
  const form = wanted ?? await forms.of(model);
  const isPinned = wanted !== undefined;
  return inForm({ ...plain, body }, { form, isPinned, isFrame, names });
}

/** Elsewhere upstream answers as a whole, whatever the body asks for. */
const STREAMED: ReadonlySet<Endpoint> = new Set([
  "responses",
  "images/generations",
  "images/edits",
]);

/**
 * The models list depends on the client's version, which the client sends as
 * the first parameter (docs/client.md, "Models"). For a caller that does not,
 * its `version` header counts, or else our own version.
 */
function queryOf(
  { endpoint, query, headers }: CallerRequest,
  { normalize, identity }: PrepareContext,
): string {
  if (endpoint !== "models" || !normalize) return query;
  const given = query.replace(/^\?/, "");
  if (new URLSearchParams(given).has(CLIENT_VERSION)) return query;
  const version = wholeVersion(headers.get("version")) ??
    wholeVersion(new Map(identity).get("version"));
  if (version === undefined) return query;
  const own = `?${CLIENT_VERSION}=${version}`;
  return given === "" ? own : `${own}&${given}`;
}

const CLIENT_VERSION = "client_version";

/** The three numbers of a version without a suffix, as the client sends it. */
function wholeVersion(text: string | null | undefined): string | undefined {
  return /^\d+\.\d+\.\d+(?![\d.])/.exec(text ?? "")?.[0];
}

/** Only conversations have a session: a search or an image has no turns. */
function sessionIn(
  { endpoint, body }: CallerRequest,
  facts: BodyFacts | undefined,
  { sessionNames }: PrepareContext,
): string | undefined {
  return body && facts && endpoint.startsWith("responses")
    ? derivedSession(body.bytes, facts.scan, sessionNames)
    : undefined;
}

/** The header form; an unreadable one is ignored, and never forwarded. */
function headerSource(headers: Headers): SessionSource | undefined {
  const text = headers.get(HEADER.sessionSource);
  const wrapped = text === null ? undefined : parseObject(`{"v":${text}}`);
  return wrapped && readSessionSource(wrapped["v"]);
}

interface EditedBody {
  readonly body: PreparedBody;
  readonly answer: AnswerForm | undefined;
  readonly ignored: readonly string[];
  /** An SDK caller's turn, made by the rules for these. */
  readonly isTurn: boolean;
}

/** What the rules for a body look at. */
interface BodyRules {
  readonly request: CallerRequest;
  readonly received: ReceivedBody;
  readonly facts: BodyFacts & { readonly sessionId: string | undefined };
  readonly dialect: Dialect;
  readonly context: PrepareContext;
}

function editBody(
  rules: BodyRules,
): MaybePromise<Result<EditedBody, CallerError>> {
  const { received, facts: { scan }, dialect } = rules;
  return dialect === "codex" && !memberOf(scan, "_gateway")
    ? ok({ ...AS_IT_CAME, body: unchanged(received, scan) })
    : editByRules(rules);
}

const AS_IT_CAME = { answer: undefined, ignored: [], isTurn: false } as const;

async function editByRules(
  { request, received, facts, dialect, context }: BodyRules,
): Promise<Result<EditedBody, CallerError>> {
  const { scan, model, sessionId } = facts;
  const rules = dialect === "codex" ? undefined : await openaiRules({
    endpoint: request.endpoint,
    bytes: received.bytes,
    scan,
    isFrame: request.isFrame ?? false,
    isTranslated: request.answer !== undefined,
    normalize: context.normalize,
    model,
    sessionId,
    parallelToolCalls: () =>
      model === undefined
        ? Promise.resolve(undefined)
        : context.parallelToolCalls(model),
  });
  if (rules && !rules.ok) return err(refused(rules.error));
  const { edits: asked, answer, ignored = [], isTurn = false } = rules?.value ??
    {};
  const edits = new Map(asked);
  if (memberOf(scan, "_gateway")) edits.set("_gateway", undefined);
  return ok({
    body: await withEdits(received, scan, edits),
    answer,
    ignored,
    isTurn,
  });
}

async function withEdits(
  received: ReceivedBody,
  scan: ObjectScan,
  edits: ReadonlyMap<string, JsonText | undefined>,
): Promise<PreparedBody> {
  if (edits.size === 0) return unchanged(received, scan);
  const bytes = editObject(received.bytes, scan, edits);
  return { bytes, scan: await rescan(bytes), wire: undefined };
}

function unchanged(
  { coding, wire, bytes, borders = [] }: ReceivedBody,
  scan: ObjectScan,
): PreparedBody {
  return {
    bytes,
    scan,
    wire: coding === undefined ? undefined : { coding, bytes: wire, borders },
  };
}

async function rescan(bytes: Uint8Array<ArrayBuffer>): Promise<ObjectScan> {
  const scan = await scanInTurns(bytes);
  if (scan.ok) return scan.value;
  throw new Error(`an edited body is not JSON: ${scan.error.message}`);
}
