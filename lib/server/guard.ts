/**
 * The local trust boundary: may this request come in at all?
 *
 * A loopback port is reachable from every web page its user opens. A rebound
 * name arrives with a foreign `Host`, a page's request with an `Origin` or
 * with `Sec-Fetch-Site`; a local program sends neither (Fetch Metadata,
 * section 2.4; Fetch, section 3.2).
 *
 * The host can also stand in the request's target, as a whole URL or as the
 * `:authority` of HTTP/2, where it goes before the header (RFC 9112, section
 * 3.2.2): both have to be ours.
 */
import { STATUS_CODE } from "@std/http";
import { renderCallerError } from "../downstream/render.ts";

export interface GuardOptions {
  /** Our own `Host` values, and those a person has let in. */
  readonly hosts: ReadonlySet<string>;
  readonly origins: ReadonlySet<string>;
  /** Names the flags that would let a request in; the admin port has none. */
  readonly flags: boolean;
}

/** The hosts a listener on this port answers to. */
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
      what: `Origin "${origin}"`,
      hint: options.flags && isOriginValue(origin)
        ? `--allowed-origin ${origin}`
        : undefined,
    });
  }
  const site = headers.get("sec-fetch-site");
  if (site !== null && site !== "same-origin" && site !== "none") {
    return refuse(STATUS_CODE.Forbidden, "cross_site", {
      what: `Sec-Fetch-Site "${site}"`,
      hint: undefined,
    });
  }
  return undefined;
}

/**
 * What stands where a URL has its host, as it was sent: a parser would leave
 * out a port and a user part. The runtime puts the `Host` there if the target
 * is no more than a path.
 */
function authorityOf(url: string): string {
  const start = url.indexOf("://") + 3;
  const end = url.slice(start).search(/[/?#]/);
  return end === -1 ? url.slice(start) : url.slice(start, start + end);
}

function refuseHost(host: string, { flags }: GuardOptions): Response {
  return refuse(STATUS_CODE.MisdirectedRequest, "host_not_allowed", {
    what: `Host "${host.slice(0, MAX_QUOTED)}"`,
    hint: flags && isHostValue(host) ? `--allowed-host ${host}` : undefined,
  });
}

/** A name in the DNS is no longer. */
const MAX_QUOTED = 255;

/** `host` or `host:port` as a browser writes it, so that it can be let in. */
export function isHostValue(text: string): boolean {
  const port = /^(?:[a-z0-9.-]+|\[[0-9a-f:]+\])(?::(\d{1,5}))?$/.exec(text);
  return port !== null && Number(port[1] ?? 0) <= 65535;
}

/**
 * An origin as a browser writes it (RFC 6454, section 6.2). Not `null`: that
 * is every sandboxed frame of every page.
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
 * Refuses what a plain form of a foreign page could send: a body that is not
 * JSON, or none and no header that a form cannot set.
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
      type ?? ""
    }" is not allowed here; send application/json`,
  });
}

/** `request.body` is there for every POST, so the head has to tell. */
function hasBody(headers: Headers): boolean {
  return headers.has("transfer-encoding") ||
    Number(headers.get("content-length") ?? 0) !== 0;
}

function hasOwnHeader(headers: Headers): boolean {
  return [...headers.keys()].some((name) => name.startsWith("x-codaze-"));
}
