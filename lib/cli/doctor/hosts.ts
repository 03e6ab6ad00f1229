/**
 * Whether the two hosts that the gateway needs can be reached in the way the
 * gateway would reach them, and if not, what to do.
 */
import type { Config } from "../../config/config.ts";
import type { Environment } from "../../config/flags.ts";
import { portOf, urlBelow } from "../../protocol/url.ts";
import type { Runtime } from "../../runtime.ts";
import { type Finding, type Voice, voiceOf } from "./finding.ts";
import { reach, type Reached, type Unreached } from "./reach.ts";
import { type ProxyRoute, proxyRouteTo } from "./proxy_route.ts";

export interface HostReport {
  readonly finding: Finding;
  /** By how many milliseconds this machine's clock is ahead of the host's. */
  readonly aheadMs: number | undefined;
}

export interface HostOptions {
  readonly config: Config;
  readonly env: Environment;
  readonly runtime: Runtime;
  /** PEM, trusted in addition to the usual ones. */
  readonly rootCertificates: readonly string[];
}

/** Asks both at the same time. */
export function askHosts(
  options: HostOptions,
): Promise<readonly HostReport[]> {
  const { upstream, authIssuer } = options.config;
  return Promise.all([
    // Both answer without a token, and neither request uses quota.
    ask("upstream", urlBelow(upstream, "/models"), options),
    ask("auth server", urlBelow(authIssuer, "/oauth/token"), options),
  ]);
}

async function ask(
  check: string,
  url: URL,
  { env, runtime, rootCertificates, config }: HostOptions,
): Promise<HostReport> {
  const voice = voiceOf(check);
  const way = proxyRouteTo(url, env);
  const answer = await reach(url, {
    runtime,
    rootCertificates,
    codexVersion: config.codexVersion,
    direct: way === undefined,
  });
  return answer.ok
    ? {
      finding: judge(answer.value, { url, way, voice }),
      aheadMs: aheadOf(answer.value),
    }
    : {
      finding: explain(answer.error, { url, way, voice }),
      aheadMs: undefined,
    };
}

interface Asked {
  readonly url: URL;
  readonly way: ProxyRoute | undefined;
  readonly voice: Voice;
}

function judge(
  { status, headers, connectMs, tlsMs, answerMs }: Reached,
  { url, way, voice }: Asked,
): Finding {
  const steps = [
    connectMs === undefined ? undefined : `connected in ${connectMs} ms`,
    tlsMs === undefined ? undefined : `TLS in ${tlsMs} ms`,
    `answer in ${answerMs} ms`,
  ].filter((step) => step !== undefined);
  const found = `${url.host}: ${steps.join(", ")}${through(way)}`;
  if (status === 407) {
    const why = `${url.host}: the proxy wants a password${through(way)}`;
    return voice.fail(why, credentialsCure(way));
  }
  if (headers.get("cf-mitigated") === "challenge") {
    return voice.fail(
      `${found}, but Cloudflare wants to see a browser (status ${status})`,
      "use another network or leave the VPN or proxy: this address is not trusted",
    );
  }
  if (status >= 500) {
    return voice.warn(
      `${found}, but status ${status}`,
      "wait: the host, or a proxy on the way, has trouble of its own",
    );
  }
  return voice.good(found);
}

function explain(
  { stage, message, late }: Unreached,
  { url, way, voice }: Asked,
): Finding {
  const host = url.hostname;
  const found = `${url.host}: ${late ? "no answer in time" : message}`;
  const isName = /dns error|lookup address|not known|resolve/i.test(message);
  if (/certificate|UnknownIssuer/i.test(message)) {
    return voice.fail(found + through(way), certificateCure(message));
  }
  if (way !== undefined) {
    const cure = /407|authoriz|authentic/i.test(message)
      ? credentialsCure(way)
      : `start that proxy, or correct or unset ${way.variable}; NO_PROXY=${host} leaves it out`;
    return voice.fail(found + through(way), cure);
  }
  if (isName) {
    return voice.fail(
      `${url.host}: this name cannot be resolved`,
      "check the network and its DNS; if only a proxy leads out, set HTTPS_PROXY",
    );
  }
  const cure = stage === "tls"
    ? "something on the way breaks TLS: try another network, or set HTTPS_PROXY"
    : `check the network: its firewall has to allow port ${
      portOf(url)
    } of ${host}, or set HTTPS_PROXY`;
  return voice.fail(found, cure);
}

function through(way: ProxyRoute | undefined): string {
  return way === undefined ? "" : `, through ${way.shown} (${way.variable})`;
}

function credentialsCure(way: ProxyRoute | undefined): string {
  const variable = way?.variable ?? "the proxy";
  return `put user and password into ${variable}: http://user:password@host:port`;
}

function certificateCure(message: string): string {
  return /expired|notvalidyet|not valid/i.test(message)
    ? "set this machine's clock first; else the host's certificate is bad"
    : "where a proxy inspects TLS, save its root as PEM and set CODEX_CA_CERTIFICATE to that file";
}

/** `Date` has whole seconds (RFC 9110, 6.6.1), so half a second is added. */
function aheadOf({ headers, receivedAt }: Reached): number | undefined {
  const date = Date.parse(headers.get("date") ?? "");
  return Number.isNaN(date) ? undefined : receivedAt - (date + 500);
}
