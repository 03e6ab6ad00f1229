/**
 * Tells of callers that are refused before any account is asked: of each kind a
 * line a second at most, and then how many more there were.
 *
 * Never tells what is in a body.
 */
import type { CallerError } from "../../downstream/failure.ts";
import { cut } from "../../protocol/quote.ts";
import type { Log, Runtime } from "../../runtime.ts";

export interface RefusedCallersOptions {
  readonly port: "public" | "admin";
  readonly after: Runtime["after"];
  readonly log: Log;
}

/** What the log may know of a request. */
export interface RefusedRequest {
  readonly request: string;
  readonly method: string;
  readonly url: string;
}

export class RefusedCallers {
  readonly #options: RefusedCallersOptions;
  /** By kind, for a second: how many were left out, and what ends it. */
  readonly #quiet = new Map<string, Quiet>();

  constructor(options: RefusedCallersOptions) {
    this.#options = options;
  }

  tell(error: CallerError, { request, method, url }: RefusedRequest): void {
    const { port, log, after } = this.#options;
    const { status, code } = error;
    const kind = code ?? String(status);
    if (UNTOLD.has(kind)) return;
    const quiet = this.#quiet.get(kind);
    if (quiet !== undefined) {
      quiet.left++;
      return;
    }
    log.info("caller refused", {
      request,
      port,
      status,
      code: kind,
      method,
      path: cut(new URL(url).pathname),
      param: paramOf(error),
      reason: QUOTES_NO_BODY.has(kind) ? error.message : undefined,
    });
    const cancel = after(QUIET_MS, () => this.#over(kind));
    this.#quiet.set(kind, { left: 0, cancel });
  }

  close(): void {
    for (const [kind, { cancel }] of this.#quiet) {
      cancel();
      this.#over(kind);
    }
  }

  #over(code: string): void {
    const left = this.#quiet.get(code)?.left ?? 0;
    this.#quiet.delete(code);
    const { port, log } = this.#options;
    if (left > 0) log.info("more callers refused", { port, code, count: left });
  }
}

interface Quiet {
  left: number;
  readonly cancel: () => void;
}

const QUIET_MS = 1000;

/** The one is logged as a bug, the other has refused us. */
const UNTOLD: ReadonlySet<string> = new Set(["internal_error", "caller_gone"]);

/** Messages about method, path and headers; others may quote the body. */
const QUOTES_NO_BODY: ReadonlySet<string> = new Set([
  "cross_site",
  "gateway_busy",
  "host_not_allowed",
  "method_not_allowed",
  "not_found",
  "origin_not_allowed",
  "request_too_large",
  "unsupported_endpoint",
  "unsupported_media_type",
]);

/** Only the name of a parameter, as our rules have it. */
function paramOf({ param }: CallerError): string | undefined {
  return param && /^[\w.[\]]{1,64}$/.test(param) ? param : undefined;
}
