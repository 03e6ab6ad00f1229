/**
 * The connector: opens websockets to upstream, through the proxies of the
 * environment. Knows no accounts and judges no answer.
 *
 * The code for that is loaded with the first websocket: a gateway that serves
 * none starts faster and smaller.
 */
import type { Handshake, OutgoingHandshake } from "../../runtime.ts";
import type { ConnectorOptions } from "./handshake.ts";
import { bytesWithout, headersWithout } from "../secrets.ts";

export type Connector = (request: OutgoingHandshake) => Promise<Handshake>;

/**
 * The returned function rejects if upstream gives no HTTP answer: no
 * connection, a reset, a failure of TLS or of a proxy, or an abort by `signal`.
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
