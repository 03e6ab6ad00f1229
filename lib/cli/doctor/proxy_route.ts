/**
 * The proxy through which a host is reached, without its password. Pure.
 */
import type { Environment } from "../../config/flags.ts";
import { portOf } from "../../protocol/url.ts";
import { proxyFor } from "../../upstream/socket/proxy_choice.ts";

export interface ProxyRoute {
  /** The variable that names the proxy. */
  readonly variable: string;
  /** The proxy, without user and password. */
  readonly shown: string;
  /** `host:port`, as permissions name it. */
  readonly address: string;
}

/** Undefined if no proxy is used. The variables must have been checked. */
export function proxyRouteTo(
  url: URL,
  env: Environment,
): ProxyRoute | undefined {
  const proxy = proxyFor(url, env);
  if (proxy === undefined) return undefined;
  const { protocol, hostname } = proxy;
  return {
    variable: variableFor(url, env),
    shown: `${protocol}//${proxy.host}`,
    address: `${hostname}:${portOf(proxy)}`,
  };
}

/** Looks in the same order as `proxyFor`. */
function variableFor({ protocol }: URL, env: Environment): string {
  const own = protocol === "https:" ? "HTTPS_PROXY" : "HTTP_PROXY";
  const names = ["ALL_PROXY", own].flatMap((name) => [
    name,
    name.toLowerCase(),
  ]);
  return names.find((name) => env(name)) ?? own;
}
