/**
 * The same fault of one account twice: with the official client right in front
 * of it, and with a gateway between them that has two more accounts.
 *
 * Where somebody has to lose patience, it is a fraction of the usual; the
 * client's and the gateway's keep their order (C14.4).
 */
import { TIMEOUTS } from "../../../lib/limits.ts";
import type { Timeouts } from "../../../lib/relay/attempt.ts";
import type { SimulatedAccount } from "../../../lib/simulator/accounts/account.ts";
import { startSimulator } from "../../../lib/simulator/simulator.ts";
import { startTestGateway } from "../../support/gateway.ts";
import type { Ended } from "./child.ts";
import { Codex } from "./codex.ts";
import { unroutedLogin } from "./logins.ts";
import {
  ANSWER,
  arrange,
  type FaultCase,
  isWaitedOut,
} from "./socket_fault_cases.ts";
import { Tap } from "./tap.ts";
import { websocketsOf } from "./tapped_websocket.ts";

export interface SeenOverWebsocket {
  readonly code: number;
  readonly killed: boolean;
  readonly stdout: string;
  /** Lines about anything that went wrong, in the client's words. */
  readonly complaints: readonly string[];
  /** Websockets that the client opened, or tried to. */
  readonly handshakes: number;
  /** Turns it sent as requests instead. */
  readonly posts: number;
  readonly ms: number;
}

/** Instead of 10, 12, 300 and 60 s; the client's are 15 and 300 s. */
const GATEWAY_PATIENCE: Partial<Timeouts> = {
  handshakeMs: 2000,
  connectMs: 2400,
  idleMs: 3000,
  keepaliveMs: 1000,
};
const CLIENT_PATIENCE = {
  websocket_connect_timeout_ms: 3000,
  stream_idle_timeout_ms: 3000,
};
const HARD_LIMIT_MS = 60_000;

export async function seenDirectly(
  one: FaultCase,
): Promise<SeenOverWebsocket> {
  await using tap = new Tap();
  await using simulator = await startSimulator({ websockets: true });
  const account = simulator.addAccount({ name: "first" });
  arrange(account, one);
  tap.target = simulator.origin;
  return await seen(tap, "/backend-api/codex", {
    one,
    account,
    // The client may use its refresh token, as nobody else does.
    refreshToken: account.currentRefreshToken(),
    issuer: simulator.issuer,
  });
}

export async function seenThroughPool(
  one: FaultCase,
): Promise<SeenOverWebsocket> {
  await using tap = new Tap();
  await using gateway = await startTestGateway({
    accounts: ["1-first", "2-second", "3-third"],
    flags: [
      "--routing-policy=fill_first",
      `--allowed-host=${new URL(tap.origin).host}`,
    ],
    timeouts: {
      transportRetryMs: TIMEOUTS.transportRetryMs,
      ...isWaitedOut(one) ? GATEWAY_PATIENCE : {},
    },
    warm: true,
  });
  gateway.simulator.websockets = true;
  const account = gateway.account("1-first");
  arrange(account, one);
  tap.target = gateway.url("/");
  return await seen(tap, "/v1", {
    one,
    account,
    refreshToken: "rt_unused",
    issuer: gateway.simulator.issuer,
  });
}

async function seen(
  tap: Tap,
  path: string,
  { one, account, refreshToken, issuer }: {
    readonly one: FaultCase;
    readonly account: SimulatedAccount;
    readonly refreshToken: string;
    readonly issuer: string;
  },
): Promise<SeenOverWebsocket> {
  await using codex = await Codex.signedIn(
    unroutedLogin(account, refreshToken),
    { CODEX_REFRESH_TOKEN_URL_OVERRIDE: `${issuer}/oauth/token` },
  );
  const base = `${tap.origin}${path}`;
  const ended = await codex.exec({
    base,
    prompt: `say: ${ANSWER}`,
    config: provider(base, isWaitedOut(one) ? CLIENT_PATIENCE : {}),
    timeoutMs: HARD_LIMIT_MS,
  });
  const { code, killed, stdout, ms } = ended;
  return {
    code,
    killed,
    stdout,
    ms,
    complaints: complaintsIn(ended),
    handshakes: websocketsOf(tap).length,
    posts: tap.requests.filter(({ method }) => method === "POST").length,
  };
}

/** As the built-in one, which cannot be told to be less patient. */
function provider(
  base: string,
  patience: Partial<typeof CLIENT_PATIENCE>,
): Record<string, string> {
  const fields = {
    name: "OpenAI",
    base_url: base,
    wire_api: "responses",
    supports_websockets: true,
    requires_openai_auth: true,
    ...patience,
  };
  const toml = Object.entries(fields).map(([key, value]) =>
    `${key}=${JSON.stringify(value)}`
  );
  return {
    model_provider: '"simulated"',
    // It would wait for chatgpt.com before each first turn.
    "features.apps": "false",
    "model_providers.simulated": `{${toml.join(",")}}`,
  };
}

const COMPLAINT = /^(?:ERROR:|warning: |Reconnecting|Falling back)/;
const ABOUT_THE_MACHINE = /bubblewrap/;

/** Lines about anything that went wrong, in the client's words. */
export function complaintsIn({ stderr }: Ended): readonly string[] {
  return stderr.split("\n").filter((line) =>
    COMPLAINT.test(line) && !ABOUT_THE_MACHINE.test(line)
  );
}
