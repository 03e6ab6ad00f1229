/**
 * The connector: opens websockets to the upstream, through the proxies of the
 * environment. Knows no accounts and judges no answer.
 *
 * What it takes to do so is loaded with the first websocket: a gateway that
 * serves none starts faster and smaller without it.
 */
import type { Handshake, OutgoingHandshake, Runtime } from "../runtime.ts";
import { bytesWithout, headersWithout } from "./secrets.ts";

export interface ConnectorOptions {
  readonly env: (name: string) => string | undefined;
  /** PEM; trusted besides the runtime's own. */
  readonly rootCertificates: readonly string[];
  readonly after: Runtime["after"];
}

export type Connector = (request: OutgoingHandshake) => Promise<Handshake>;

/**
 * The returned function rejects on anything that is no HTTP answer of the
 * upstream: no connection, a reset, TLS, a proxy, `signal`.
 */
export function createConnector(options: ConnectorOptions): Connector {
  return async (request) => {
    const { shakeHands } = await import("./handshake.ts");
    const answer = await shakeHands(request, options);
    return withoutSecrets(answer, request.secrets ?? []);
  };
}

function withoutSecrets(
  answer: Handshake,
  secrets: readonly string[],
): Handshake {
  const headers = headersWithout(answer.headers, secrets);
  return answer.kind === "open"
    ? { ...answer, headers }
    : { ...answer, headers, body: bytesWithout(answer.body, secrets) };
}
