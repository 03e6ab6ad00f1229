/**
 * One bound address: the guard in front, the routes behind, and the one catch
 * in which bugs end.
 */
import { STATUS_CODE } from "@std/http";
import { renderCallerError } from "../downstream/render.ts";
import { err, ok, type Result } from "../result.ts";
import type { Log } from "../runtime.ts";
import { guard, type GuardOptions, ownHosts } from "./guard.ts";

export interface ListenOptions {
  readonly name: "public" | "admin";
  /** The flag that chose the address, for the error message. */
  readonly flag: string;
  readonly address: { readonly hostname: string; readonly port: number };
  readonly handler: (request: Request) => Response | Promise<Response>;
  /** Besides our own. */
  readonly hosts: readonly string[];
  readonly origins: readonly string[];
  readonly log: Log;
}

export interface Listener {
  readonly origin: string;
  /** Stops accepting; resolves when every answer has been given. */
  readonly close: () => Promise<void>;
}

/** A burst of sub-agents must not wait for the kernel's SYN retries. */
const BACKLOG = 4096;

export function listen(options: ListenOptions): Result<Listener, string> {
  const { address, log } = options;
  const at = hostAndPort(address);
  try {
    const server = Deno.serve({
      ...address,
      tcpBacklog: BACKLOG,
      onListen: () => {},
      onError: (error) => bug(error, log),
    }, async (request) => {
      const answer = guard(request, gate) ?? await answerOf(request, options);
      if (options.name === "admin") keepPrivate(answer.headers);
      return answer;
    });
    const { addr } = server;
    const gate: GuardOptions = {
      hosts: new Set([...ownHosts(addr.port), ...options.hosts]),
      origins: new Set(options.origins),
      flags: options.name === "public",
    };
    // DENO_SERVE_ADDRESS can move a listener behind our back.
    const moved = addr.hostname !== address.hostname ||
      (address.port !== 0 && addr.port !== address.port);
    if (moved) {
      void server.shutdown();
      return err(
        `Cannot use ${options.flag} "${at}": the runtime bound ${addr.hostname}:${addr.port}; unset DENO_SERVE_ADDRESS`,
      );
    }
    return ok({
      origin: `http://${hostAndPort(addr)}`,
      close: () => server.shutdown(),
    });
  } catch (error) {
    if (error instanceof Deno.errors.AddrInUse) {
      return err(
        `Cannot use ${options.flag} "${at}": the address is taken; stop what listens there or pass another port`,
      );
    }
    const reason = error instanceof Error ? error.message : String(error);
    return err(`Cannot use ${options.flag} "${at}": ${reason}`);
  }
}

async function answerOf(
  request: Request,
  { handler, log }: ListenOptions,
): Promise<Response> {
  try {
    return await handler(request);
  } catch (error) {
    // Whoever asks the runtime for more of a request whose caller has left.
    if (request.signal.aborted) return new Response(null, { status: 499 });
    return bug(error, log);
  }
}

/** Emails and ids: for no cache, and for no page that takes them for a script. */
function keepPrivate(headers: Headers): void {
  headers.set("cache-control", "no-store");
  headers.set("x-content-type-options", "nosniff");
}

function hostAndPort(
  { hostname, port }: { readonly hostname: string; readonly port: number },
): string {
  return hostname.includes(":")
    ? `[${hostname}]:${port}`
    : `${hostname}:${port}`;
}

/** Only a bug gets here: what the world can do to us is a value. */
function bug(error: unknown, log: Log): Response {
  const reason = error instanceof Error ? error.stack : String(error);
  log.error("internal error", { reason });
  return renderCallerError({
    status: STATUS_CODE.InternalServerError,
    code: "internal_error",
    message: "Internal error of the gateway; its log has the details",
  });
}
