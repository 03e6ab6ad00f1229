/**
 * Asks for a page about one account, as the official client does: with that
 * account's login, cookies and connections (docs/client.md, "Limits").
 *
 * After a 401 it refreshes the token and asks once more. Holds no failure
 * against the account: only a turn does.
 */
import type { Account, Credential } from "../../accounts/pool/account.ts";
import type { Failure } from "../../failure/failure.ts";
import { errorMessage } from "../../error_text.ts";
import { MAX_USAGE_PAGE_BYTES, USAGE_TIMEOUT_MS } from "../../limits.ts";
import {
  ACCOUNT_ORDER,
  HEADER,
  type HeaderLine,
  inOrder,
} from "../../protocol/headers.ts";
import { err, ok, type Result } from "../../result.ts";
import type { Runtime } from "../../runtime.ts";
import type { Tokens } from "../auth/token.ts";
import { send } from "../client.ts";
import { Deadline } from "../deadline.ts";
import type { LoginMemory } from "../login_memory.ts";
import type { UpstreamRequest } from "../request.ts";
import { whenAborted } from "../when_aborted.ts";

export interface AccountPageDeps {
  readonly runtime: Pick<Runtime, "after" | "fetch" | "now">;
  readonly tokens: Pick<Tokens, "credential">;
  readonly memory: Pick<LoginMemory, "clients" | "cookies">;
  /** `--upstream`: the base of the Codex backend. */
  readonly upstream: URL;
  /** How the gateway names itself; only two of these lines are sent. */
  readonly identity: readonly HeaderLine[];
}

export interface AskedPage {
  readonly url: URL;
  /** With one it is a POST. */
  readonly json?: string;
}

export interface GivenPage {
  readonly body: Uint8Array<ArrayBuffer>;
  /** What it was asked for with. */
  readonly credential: Credential;
}

/** Aborting `signal` ends it at once; a refresh goes on for itself. */
export async function askPage(
  account: Account,
  page: AskedPage,
  { signal, ...deps }: AccountPageDeps & { readonly signal: AbortSignal },
): Promise<Result<GivenPage, Failure>> {
  const first = await askOnce(account, page, { ...deps, signal });
  if (first.ok || first.error.failure.kind !== "access_token_rejected") {
    return asResult(first);
  }
  const { rejected } = first.error;
  return asResult(await askOnce(account, page, { ...deps, signal, rejected }));
}

type Once = Result<
  GivenPage,
  { readonly failure: Failure; readonly rejected: Credential | undefined }
>;

function asResult(once: Once): Result<GivenPage, Failure> {
  return once.ok ? once : err(once.error.failure);
}

async function askOnce(
  account: Account,
  page: AskedPage,
  { signal, rejected, ...deps }: AccountPageDeps & {
    readonly signal: AbortSignal;
    readonly rejected?: Credential | undefined;
  },
): Promise<Once> {
  const held = await credentialOf(account, { signal, rejected, ...deps });
  if (!held.ok) return err({ failure: held.error, rejected: undefined });

  const credential = held.value;
  const { runtime, memory } = deps;
  using deadline = new Deadline({
    after: runtime.after,
    ms: USAGE_TIMEOUT_MS,
    awaited: "page from upstream",
    signal,
  });
  const request = pageRequest(page, {
    credential,
    identity: deps.identity,
    cookie: memory.cookies.header(credential.login),
    secrets: account.secrets,
  });
  const sent = await send(request, {
    runtime,
    client: memory.clients.of(credential.login),
    signal: deadline.signal,
    headersTimeoutMs: USAGE_TIMEOUT_MS,
    expected: "json",
  });
  if (!sent.ok) {
    const isLate = sent.error.kind === "caller_gone" && deadline.isOver;
    const failure: Failure = isLate
      ? { kind: "timeout", message: deadline.message }
      : sent.error;
    return err({ failure, rejected: credential });
  }
  memory.cookies.store(credential.login, sent.value.headers);
  try {
    return ok({ body: await sent.value.bytes(), credential });
  } catch (error) {
    const failure: Failure = signal.aborted
      ? { kind: "caller_gone" }
      : { kind: "no_answer", message: `the page broke off: ${why(error)}` };
    return err({ failure, rejected: undefined });
  }
}

function why(error: unknown): string {
  return errorMessage(error);
}

async function credentialOf(
  account: Account,
  { tokens, rejected, signal }: Pick<AccountPageDeps, "tokens"> & {
    readonly rejected: Credential | undefined;
    readonly signal: AbortSignal;
  },
): Promise<Result<Credential, Failure>> {
  const gone = whenAborted(signal);
  try {
    return await Promise.race([
      tokens.credential(account, rejected),
      gone.promise,
    ]);
  } finally {
    gone.forget();
  }
}

/** Sends nothing. */
export function pageRequest(
  { url, json }: AskedPage,
  { credential: { accessToken, claims }, identity, cookie, secrets }: {
    readonly credential: Credential;
    readonly identity: readonly HeaderLine[];
    readonly cookie: string | undefined;
    readonly secrets: readonly string[];
  },
): UpstreamRequest {
  const lines: HeaderLine[] = [
    ...identity.filter(([name]) => NAMED.has(name)),
    ["authorization", `Bearer ${accessToken}`],
    ["accept", "*/*"],
  ];
  if (claims.accountId) lines.push([HEADER.accountId, claims.accountId]);
  if (claims.fedramp) lines.push([HEADER.fedramp, "true"]);
  if (json !== undefined) lines.push(["content-type", "application/json"]);
  if (cookie !== undefined) lines.push(["cookie", cookie]);
  return {
    method: json === undefined ? "GET" : "POST",
    url,
    headers: inOrder(lines, ACCOUNT_ORDER),
    body: json === undefined ? undefined : new TextEncoder().encode(json),
    secrets: [...new Set([accessToken, ...secrets])],
    maxBytes: MAX_USAGE_PAGE_BYTES,
  };
}

/** Neither `originator` nor `version` goes with these pages. */
const NAMED: ReadonlySet<string> = new Set(["user-agent", "accept-encoding"]);
