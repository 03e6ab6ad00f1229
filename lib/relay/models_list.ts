/**
 * Fetches the models list for the snapshot, as the official client asks for
 * it, through the same pipeline as every request. Does not keep it.
 */
import { prepare, type PrepareContext } from "../downstream/normalize.ts";
import type { Answer, Failure } from "../failure/failure.ts";
import { MODELS_TIMEOUT_MS } from "../limits.ts";
import { err, ok, type Result } from "../result.ts";
import { dispatch, type DispatchDeps } from "./dispatch.ts";
import { overHttp } from "./http.ts";
import type { OpenWork } from "./open_work.ts";
import { AttemptLog } from "./attempt_log.ts";

export interface ModelsDeps extends DispatchDeps {
  readonly work: OpenWork;
}

export async function fetchModels(
  version: string,
  context: PrepareContext,
  given: ModelsDeps,
): Promise<Result<Answer, Failure>> {
  // No retries on the same account: turns may be waiting for the list.
  const timeouts = {
    ...given.timeouts,
    headersMs: MODELS_TIMEOUT_MS,
    longHeadersMs: MODELS_TIMEOUT_MS,
    idleMs: MODELS_TIMEOUT_MS,
    transportRetryMs: [],
  };
  const deps = { ...given, timeouts };
  const prepared = await prepare({
    endpoint: "models",
    query: `?client_version=${encodeURIComponent(version)}`,
    headers: new Headers(),
    body: undefined,
  }, context);
  if (!prepared.ok) throw new Error(prepared.error.message);

  using pending = deps.work.begin(new AbortController().signal);
  const { signal } = pending;
  const done = await dispatch({
    endpoint: "models",
    asked: { sessionKey: undefined },
    sender: overHttp(prepared.value, signal, deps),
    signal,
    attemptLog: new AttemptLog({ request: "models", endpoint: "models" }, deps),
  }, deps);
  if (!done.ok) return err(deps.work.meaningOf(done.error));

  const { answered, lease } = done.value;
  if (answered.kind === "answer") {
    lease.settle({ kind: "success" });
    return ok(answered.answer);
  }
  lease.settle({ kind: "released" });
  void answered.turn.chunks.cancel();
  return err({ kind: "no_answer", message: "the models list is a stream" });
}
