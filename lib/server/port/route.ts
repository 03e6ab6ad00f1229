/**
 * Matches exact routes: `METHOD /path`, with at most one `:id` segment.
 *
 * Defines no route. HEAD without a route is answered like GET (RFC 9110,
 * section 9.3.2); the runtime leaves the body out.
 */
import { STATUS_CODE } from "@std/http";
import type { CallerError } from "../../downstream/failure.ts";
import { renderCallerError } from "../../downstream/render.ts";
import { cut } from "../../protocol/quote.ts";

export interface Routed {
  readonly request: Request;
  readonly url: URL;
  /** The decoded `:id` of the path; empty without one. */
  readonly id: string;
  /** How log lines name the request. */
  readonly requestId: string;
}

export type Handler = (routed: Routed) => Response | Promise<Response>;

export type Table = Readonly<Record<string, Handler>>;

export interface RouteOptions {
  /** The path to match, where it is not that of the URL. */
  readonly pathOf?: (url: URL) => string;
  /** Why a request without a route is refused, if that can be told. */
  readonly why?: (method: string, path: string) => CallerError | undefined;
  /** What people forget in front of a path. */
  readonly base?: string;
}

export type Router = (
  request: Request,
  requestId?: string,
) => Response | Promise<Response>;

export function route(table: Table, options: RouteOptions = {}): Router {
  const { pathOf = ({ pathname }) => pathname, why, base } = options;
  const routes = Object.entries(table).map(([key, handler]) => {
    const [method = "", path = ""] = key.split(" ");
    return { method, segments: path.split("/"), handler };
  });
  // Nearly all requests are for one of these, so it is looked up first.
  const exact = new Map(
    Object.entries(table).filter(([key]) => !key.includes(":id")),
  );
  const matching = (path: string) => {
    const segments = path.split("/");
    return routes.flatMap(({ method, segments: pattern, handler }) => {
      const id = matchPath(pattern, segments);
      return id === undefined ? [] : [{ method, id, handler }];
    });
  };
  const isKnown = (method: string, path: string) =>
    matching(path).length > 0 || why?.(method, path) !== undefined;

  return (request, requestId = "") => {
    const url = new URL(request.url);
    const path = pathOf(url);
    const { method } = request;
    const handler = exact.get(`${method} ${path}`);
    if (handler) return handler({ request, url, id: "", requestId });
    const found = matching(path);
    const of = (name: string) => found.find(({ method }) => method === name);
    const match = of(method) ?? (method === "HEAD" ? of("GET") : undefined);
    if (match) {
      return match.handler({ request, url, id: match.id, requestId });
    }
    const reason = why?.(method, path);
    if (reason) return renderCallerError(reason);
    if (found.length > 0) {
      return methodNotAllowed(method, found.map(({ method }) => method));
    }
    const lacksBase = base !== undefined && isKnown(method, base + path);
    return notFound(path, lacksBase ? `. The base URL ends in ${base}.` : "");
  };
}

/** The path's `:id`, empty without one; undefined if it does not match. */
function matchPath(
  pattern: readonly string[],
  segments: readonly string[],
): string | undefined {
  if (pattern.length !== segments.length) return undefined;
  let id = "";
  for (const [at, part] of pattern.entries()) {
    const segment = segments[at] ?? "";
    if (part === ":id" && segment !== "") id = decoded(segment);
    else if (part !== segment) return undefined;
  }
  return id;
}

function decoded(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}

function notFound(path: string, hint: string): Response {
  return renderCallerError({
    status: STATUS_CODE.NotFound,
    code: "not_found",
    message: `No such path: ${cut(path)}${hint}`,
  });
}

function methodNotAllowed(
  method: string,
  allowed: readonly string[],
): Response {
  const response = renderCallerError({
    status: STATUS_CODE.MethodNotAllowed,
    code: "method_not_allowed",
    message: `${method} is not allowed here; expected ${allowed.join(", ")}`,
  });
  response.headers.set("allow", allowed.join(", "));
  return response;
}
