/**
 * The proxies and extra roots that the environment names: whether they can be
 * used, and how each host is reached.
 *
 * Does not connect to a proxy; `hosts.ts` does.
 */
import type { Config } from "../../config/config.ts";
import type { Environment } from "../../config/flags.ts";
import type { Network } from "../process/environment.ts";
import { type Finding, voiceOf } from "./finding.ts";
import type { CheckContext } from "./context.ts";
import { type ProxyRoute, proxyRouteTo } from "./proxy_route.ts";

const proxies = voiceOf("proxy");
const roots = voiceOf("extra roots");

export async function checkProxy(
  context: CheckContext,
): Promise<readonly Finding[]> {
  const { network, config, env } = context;
  if (!network.ok) {
    const { about, message } = network.error;
    const cure = "correct or unset that variable: the gateway does not start";
    return [(about === "roots" ? roots : proxies).fail(message, cure)];
  }
  return [
    ...await ways(config, env),
    ...rootFindings(network.value),
  ];
}

async function ways(
  { upstream, authIssuer }: Config,
  env: Environment,
): Promise<readonly Finding[]> {
  if (env("CODEX_SANDBOX") === "seatbelt") {
    return [proxies.good("none inside the sandbox of Codex (CODEX_SANDBOX)")];
  }
  const shown = new Map<
    string,
    { way: ProxyRoute | undefined; hosts: string[] }
  >();
  for (const url of [upstream, authIssuer]) {
    const way = proxyRouteTo(url, env);
    const key = way?.shown ?? "";
    const same = shown.get(key) ?? { way, hosts: [] };
    if (!same.hosts.includes(url.host)) same.hosts.push(url.host);
    shown.set(key, same);
  }
  return await Promise.all(
    [...shown.values()].map(({ way, hosts }) => wayFinding(way, hosts)),
  );
}

async function wayFinding(
  way: ProxyRoute | undefined,
  hosts: readonly string[],
): Promise<Finding> {
  const names = hosts.join(" and ");
  if (way === undefined) return proxies.good(`none: straight to ${names}`);
  const found = `${way.shown} (${way.variable}) to ${names}`;
  if (await mayConnect(way.address)) return proxies.good(found);
  return proxies.warn(
    `${found}; not for websockets, so Codex will use server-sent events`,
    `for websockets, add ${way.address} to --allow-net of the start task`,
  );
}

/** `fetch` may use any proxy, but our websockets need a permission for it. */
async function mayConnect(host: string): Promise<boolean> {
  try {
    const { state } = await Deno.permissions.query({ name: "net", host });
    return state === "granted";
  } catch {
    // The query throws on a host that no permission can name.
    return false;
  }
}

function rootFindings(
  { env, rootCertificates, rootsFrom: name, warnings }: Network,
): readonly Finding[] {
  const skipped = warnings.map((warning) =>
    roots.warn(warning, "let this process read the file, or unset the variable")
  );
  if (name === undefined) return skipped;
  const found = `${name} "${env(name)}"`;
  const count = rootCertificates.join("").split("-----BEGIN CERTIFICATE-----")
    .length - 1;
  if (count > 0) return [...skipped, roots.good(`${found}: ${count} in it`)];
  return [
    ...skipped,
    roots.warn(
      `${found} has no certificate in it`,
      `name a PEM file with "BEGIN CERTIFICATE" lines, or unset ${name}`,
    ),
  ];
}
