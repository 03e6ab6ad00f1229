/**
 * The local trust boundary: decides whether a request may come in at all.
 * Does not authenticate callers.
 *
 * Every web page that the user opens can reach a loopback port. After DNS
 * rebinding a request has a foreign `Host`; a page's request has an `Origin` or
 * `Sec-Fetch-Site`, and a local program sends neither (Fetch Metadata, section
 * 2.4; Fetch, section 3.2).
 *
 * The request's target can name the host as well, as a whole URL or as the
 * `:authority` of HTTP/2, and then overrides the header (RFC 9112, section
 * 3.2.2). So both must be allowed.
 */
import { STATUS_CODE } from "@std/http";
import { renderCallerError } from "../../downstream/render.ts";
import { cut } from "../../protocol/quote.ts";
import { MAX_QUOTED_HOST_CHARS } from "../../limits.ts";

export interface GuardOptions {
  /** Our own `Host` values, and those allowed by flags. */
  readonly hosts: ReadonlySet<string>;
  readonly origins: ReadonlySet<string>;
  /** Whether refusals name the flag that would help; not on the admin port. */
  readonly flags: boolean;
}

/** The `Host` values of a listener on this port. */
export function ownHosts(port: number): readonly string[] {
  return ["127.0.0.1", "localhost", "[::1]"].flatMap((host) =>
    port === 80 ? [host, `${host}:80`] : [`${host}:${port}`]
  );
}

/** A refusal, or undefined if the request may come in. */
export function guard(
  request: Request,
  options: GuardOptions,
): Response | undefined {
  const { headers } = request;
  const host = headers.get("host");
  if (host === null || !options.hosts.has(host)) {
    return refuseHost(host ?? "", options);
  }
  const authority = authorityOf(request.url);
  if (authority !== host && !options.hosts.has(authority)) {
    return refuseHost(authority, options);
  }
  const origin = headers.get("origin");
  if (origin !== null && options.origins.has(origin)) return undefined;
  if (origin !== null && origin !== `http://${host}`) {
    return refuse(STATUS_CODE.Forbidden, "origin_not_allowed", {
      what: `Origin "${cut(origin)}"`,
      hint: options.flags && isOriginValue(origin)
        ? `--allowed-origin ${origin}`
        : undefined,
    });
  }
  const site = headers.get("sec-fetch-site");
  if (site !== null && site !== "same-origin" && site !== "none") {
    return refuse(STATUS_CODE.Forbidden, "cross_site", {
      what: `Sec-Fetch-Site "${cut(site)}"`,
      hint: undefined,
    });
  }
  return undefined;
}

/**
 * The authority of the URL as it was sent: a parser would drop a default port
 * and the user part. If the target is only a path, the runtime puts the `Host`
 * there.
 */
function authorityOf(url: string): string {
  const start = url.indexOf("://") + 3;
  const end = url.slice(start).search(/[/?#]/);
  return end === -1 ? url.slice(start) : url.slice(start, start + end);
}

function refuseHost(host: string, { flags }: GuardOptions): Response {
  return refuse(STATUS_CODE.MisdirectedRequest, "host_not_allowed", {
    what: `Host "${host.slice(0, MAX_QUOTED_HOST_CHARS)}"`,
    hint: flags && isHostValue(host) ? `--allowed-host ${host}` : undefined,
  });
}

/** Whether the text is `host` or `host:port`, as a browser writes it. */
export function isHostValue(text: string): boolean {
  const port = /^(?:[a-z0-9.-]+|\[[0-9a-f:]+\])(?::(\d{1,5}))?$/.exec(text);
  return port !== null && Number(port[1] ?? 0) <= 65535;
}

/**
 * Whether the text is an origin as a browser writes it (RFC 6454, section 6.2).
 * `null` is not allowed: every sandboxed frame of every page has that origin.
 */
export function isOriginValue(text: string): boolean {
  if (!/^[a-z][a-z0-9+.-]*:\/\/[a-z0-9._:[\]-]+$/.test(text)) return false;
  return !/^https?:/.test(text) || URL.parse(text)?.origin === text;
}

function refuse(
  status: number,
  code: string,
  { what, hint }: { readonly what: string; readonly hint: string | undefined },
): Response {
  const message = `${what} is not allowed on this port` +
    (hint === undefined ? "" : `; to let it in, start with ${hint}`);
  return renderCallerError({ status, code, message });
}

/**
 * Refuses what a form on a foreign page could send: a body that is not JSON, or
 * no body and no `x-codaze-` header, which a form cannot set.
 */
export function guardChange(request: Request): Response | undefined {
  const { headers } = request;
  const type = headers.get("content-type");
  const essence = type?.split(";", 1)[0]?.trim().toLowerCase();
  if (essence === "application/json") return undefined;
  if (type === null && !hasBody(headers) && hasOwnHeader(headers)) {
    return undefined;
  }
  return renderCallerError({
    status: STATUS_CODE.UnsupportedMediaType,
    code: "unsupported_media_type",
    message: `content-type "${
      cut(type ?? "")
    }" is not allowed here; send application/json`,
  });
}

/** From the headers, because `request.body` is set for every POST. */
function hasBody(headers: Headers): boolean {
  return headers.has("transfer-encoding") ||
    Number(headers.get("content-length") ?? 0) !== 0;
}

function hasOwnHeader(headers: Headers): boolean {
  return [...headers.keys()].some((name) => name.startsWith("x-codaze-"));
}
