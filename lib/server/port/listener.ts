/**
 * One bound address: the guard in front, the routes behind, and the one catch
 * for bugs. Knows no route.
 */
import { STATUS_CODE } from "@std/http";
import { reasonOf } from "../../accounts/files/durable.ts";
import { dialectOf } from "../../downstream/caller.ts";
import { callerErrorOf, renderCallerError } from "../../downstream/render.ts";
import { errorStack } from "../../error_text.ts";
import { LISTEN_BACKLOG } from "../../limits.ts";
import { addressOf } from "../../protocol/url.ts";
import { err, ok, type Result } from "../../result.ts";
import type { Log, Runtime } from "../../runtime.ts";
import { guard, type GuardOptions, ownHosts } from "./guard.ts";
import { type KeepTimes, KeptServer } from "./kept_server.ts";
import { RefusedCallers } from "./refused_callers.ts";

export interface ListenOptions {
  readonly name: "public" | "admin";
  /** The flag that chose the address, for the error message. */
  readonly flag: string;
  readonly address: { readonly hostname: string; readonly port: number };
  /** `requestId`: how log lines name the request. */
  readonly handler: (
    request: Request,
    requestId: string,
  ) => Response | Promise<Response>;
  /** Allowed `Host` values besides our own. */
  readonly hosts: readonly string[];
  readonly origins: readonly string[];
  readonly after: Runtime["after"];
  readonly times: KeepTimes;
  readonly log: Log;
}

export interface Listener {
  readonly origin: string;
  readonly address: ListenOptions["address"];
  readonly server: KeptServer;
  readonly refused: RefusedCallers;
}

export function listen(options: ListenOptions): Result<Listener, string> {
  const { address, log, after, times, name } = options;
  const refused = new RefusedCallers({ port: name, after, log });
  try {
    const server = bind(options, address.port, refused);
    const { addr } = server;
    // DENO_SERVE_ADDRESS overrides the address that was asked for.
    const moved = addr.hostname !== address.hostname ||
      (address.port !== 0 && addr.port !== address.port);
    if (moved) {
      void server.shutdown();
      return err(
        `Cannot use ${options.flag} "${
          addressOf(address)
        }": the runtime bound ${addr.hostname}:${addr.port}; unset DENO_SERVE_ADDRESS`,
      );
    }
    return ok({
      origin: `http://${addressOf(addr)}`,
      address: { hostname: addr.hostname, port: addr.port },
      server: new KeptServer(server, {
        name: options.name,
        bind: () => bind(options, addr.port, refused),
        after,
        log,
        times,
      }),
      refused,
    });
  } catch (error) {
    const reason = error instanceof Deno.errors.AddrInUse
      ? "the address is taken; stop what listens there or pass another port"
      : reasonOf(error);
    return err(
      `Cannot use ${options.flag} "${addressOf(address)}": ${reason}`,
    );
  }
}

/** Throws if the address cannot be bound. */
function bind(
  options: ListenOptions,
  port: number,
  refused: RefusedCallers,
): Deno.HttpServer<Deno.NetAddr> {
  const { address: { hostname }, log, name } = options;
  const server = Deno.serve({
    hostname,
    port,
    tcpBacklog: LISTEN_BACKLOG,
    onListen: () => {},
    onError: (error) => bug(error, log),
  }, async (request) => {
    const requestId = crypto.randomUUID().slice(0, 8);
    // Read first: after an upgrade the headers are gone.
    const isSdk = name === "public" && dialectOf(request.headers) === "openai";
    let answer = guard(request, gate);
    try {
      answer ??= await options.handler(request, requestId);
    } catch (error) {
      answer = bug(error, log, requestId);
    }
    const error = answer.ok ? undefined : callerErrorOf(answer);
    if (error) {
      const { method, url } = request;
      refused.tell(error, { request: requestId, method, url });
    }
    if (name === "admin") keepPrivate(answer.headers);
    // SDKs show it with an error; Codex callers get upstream's own.
    if (isSdk && answer.status !== STATUS_CODE.SwitchingProtocols) {
      answer.headers.set("x-request-id", requestId);
    }
    return answer;
  });
  const gate: GuardOptions = {
    hosts: new Set([...ownHosts(server.addr.port), ...options.hosts]),
    origins: new Set(options.origins),
    flags: name === "public",
  };
  return server;
}

/** Answers hold emails and ids: no cache keeps them, no page runs them. */
function keepPrivate(headers: Headers): void {
  headers.set("cache-control", "no-store");
  headers.set("x-content-type-options", "nosniff");
}

/** Logs a bug and answers 500. Expected failures are values, never thrown. */
function bug(error: unknown, log: Log, requestId?: string): Response {
  const reason = errorStack(error);
  log.error("internal error", { request: requestId, reason });
  return renderCallerError({
    status: STATUS_CODE.InternalServerError,
    code: "internal_error",
    message: "Internal error of the gateway; its log has the details",
  });
}
