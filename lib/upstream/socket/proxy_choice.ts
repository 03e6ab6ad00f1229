/**
 * Which proxy of the environment a URL goes through: the rules of the runtime's
 * `fetch`, so that requests and websockets take the same way.
 *
 * ALL_PROXY wins, upper case wins, and loopback is no exception. Packages for
 * this read the whole environment and have other names and NO_PROXY rules. Does
 * not check values (`proxy.ts`).
 */
import { BlockList, isIP } from "node:net";
import { bareHost } from "../../protocol/url.ts";
import { parseProxy } from "./proxy.ts";

type Env = (name: string) => string | undefined;

/** Undefined for a direct connection. Throws on a value that is not a proxy. */
export function proxyFor(url: URL, env: Env): URL | undefined {
  const isSecure = url.protocol === "https:" || url.protocol === "wss:";
  const value = either(env, "ALL_PROXY") ??
    either(env, isSecure ? "HTTPS_PROXY" : "HTTP_PROXY");
  if (value === undefined || isExempt(url, env)) return undefined;
  const proxy = parseProxy(value);
  // Never a silent direct connection.
  if (!proxy) throw new Error("the proxy of the environment is not a URL");
  return proxy;
}

function isExempt(url: URL, env: Env): boolean {
  const rules = either(env, "NO_PROXY")?.split(",") ?? [];
  const host = bareHost(url);
  return rules.some((rule) => matches(rule.trim(), host));
}

/** An address, a network, `*`, or a domain, which includes those below it. */
function matches(rule: string, host: string): boolean {
  if (rule === "") return false;
  if (isIP(host)) return isInNetwork(rule, host);
  const domain = rule.startsWith(".") ? rule.slice(1) : rule;
  return rule === "*" || host === domain || host.endsWith(`.${domain}`);
}

function isInNetwork(rule: string, host: string): boolean {
  const family = isIP(host) === 6 ? "ipv6" : "ipv4";
  const all = family === "ipv6" ? 128 : 32;
  const [address = "", prefix = String(all)] = rule.split("/");
  if (isIP(address) !== isIP(host) || !/^\d{1,3}$/.test(prefix)) return false;
  const bits = Number(prefix);
  if (bits > all) return false;
  const network = new BlockList();
  network.addSubnet(address, bits, family);
  return network.check(host, family);
}

/** An empty variable counts as unset. */
function either(env: Env, name: string): string | undefined {
  return env(name) || env(name.toLowerCase()) || undefined;
}
