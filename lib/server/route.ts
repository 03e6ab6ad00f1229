/**
 * Matches exact routes: `METHOD /path`, with at most one `:id` segment.
 *
 * Defines no route. HEAD without a route is answered like GET (RFC 9110,
 * section 9.3.2); the runtime leaves the body out.
 */
import { STATUS_CODE } from "@std/http";
import { renderCallerError } from "../downstream/render.ts";
import { cut } from "../protocol/quote.ts";

export interface Routed {
  readonly request: Request;
  readonly url: URL;
  /** The decoded `:id` of the path; empty without one. */
  readonly id: string;
}

export type Handler = (routed: Routed) => Response | Promise<Response>;

export type Table = Readonly<Record<string, Handler>>;

export function route(
  table: Table,
): (request: Request) => Response | Promise<Response> {
  const routes = Object.entries(table).map(([key, handler]) => {
    const [method = "", path = ""] = key.split(" ");
    return { method, segments: path.split("/"), handler };
  });

  return (request) => {
    const url = new URL(request.url);
    const segments = url.pathname.split("/");
    const found = routes.flatMap(({ method, segments: pattern, handler }) => {
      const id = matchPath(pattern, segments);
      return id === undefined ? [] : [{ method, id, handler }];
    });
    const of = (name: string) => found.find(({ method }) => method === name);
    const match = of(request.method) ??
      (request.method === "HEAD" ? of("GET") : undefined);
    if (match) return match.handler({ request, url, id: match.id });
    return found.length === 0
      ? notFound(url.pathname)
      : methodNotAllowed(request.method, found.map(({ method }) => method));
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

/** For what SDKs ask first. */
const HINTS: Readonly<Record<string, string>> = {
  "/v1/chat/completions":
    "; the backend has the Responses API only: POST /v1/responses with stream: true",
};

function notFound(path: string): Response {
  return renderCallerError({
    status: STATUS_CODE.NotFound,
    code: "not_found",
    message: `No such path: ${cut(path)}${HINTS[path] ?? ""}`,
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
