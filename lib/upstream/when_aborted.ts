/** Waits for a caller to leave, beside something that does not end then. */
import type { Failure } from "../failure/failure.ts";
import { err, type Result } from "../result.ts";

interface Gone {
  readonly promise: Promise<Result<never, Failure>>;
  readonly forget: () => void;
}

/** Resolves when the caller leaves; `forget` removes the listener. */
export function whenAborted(signal: AbortSignal): Gone {
  const { promise, resolve } = Promise.withResolvers<
    Result<never, Failure>
  >();
  const left = () => resolve(err({ kind: "caller_gone" }));
  if (signal.aborted) left();
  signal.addEventListener("abort", left);
  return {
    promise,
    forget: () => signal.removeEventListener("abort", left),
  };
}
