/**
 * The proxies and extra roots that the environment names: whether they can be
 * used, and how each host is reached.
 *
 * Does not connect to a proxy; `hosts.ts` does.
 */
import type { Config } from "../../config/config.ts";
import type { Environment } from "../../config/flags.ts";
import { type Finding, voiceOf } from "./finding.ts";
import type { Scene } from "./scene.ts";
import { type Way, wayTo } from "./way.ts";

const proxies = voiceOf("proxy");
const roots = voiceOf("extra roots");

/** As in Codex, the first one that is set counts. */
const ROOT_VARIABLES = ["CODEX_CA_CERTIFICATE", "SSL_CERT_FILE"] as const;

export async function checkProxy(scene: Scene): Promise<readonly Finding[]> {
  const { network, config, env } = scene;
  if (!network.ok) {
    const isRoot = ROOT_VARIABLES.some((name) => network.error.includes(name));
    const cure = "correct or unset that variable: the gateway does not start";
    return [(isRoot ? roots : proxies).fail(network.error, cure)];
  }
  return [
    ...await ways(config, env),
    ...rootFindings(network.value.rootCertificates, env),
  ];
}

async function ways(
  { upstream, authIssuer }: Config,
  env: Environment,
): Promise<readonly Finding[]> {
  if (env("CODEX_SANDBOX") === "seatbelt") {
    return [proxies.good("none inside the sandbox of Codex (CODEX_SANDBOX)")];
  }
  const shown = new Map<string, { way: Way | undefined; hosts: string[] }>();
  for (const url of [upstream, authIssuer]) {
    const way = wayTo(url, env);
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
  way: Way | undefined,
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
  certificates: readonly string[],
  env: Environment,
): readonly Finding[] {
  const name = ROOT_VARIABLES.find((variable) => env(variable));
  if (name === undefined) return [];
  const found = `${name} "${env(name)}"`;
  const count = certificates.join("").split("-----BEGIN CERTIFICATE-----")
    .length - 1;
  if (count > 0) return [roots.good(`${found}: ${count} in it`)];
  return [
    roots.warn(
      `${found} has no certificate in it`,
      `name a PEM file with "BEGIN CERTIFICATE" lines, or unset ${name}`,
    ),
  ];
}
