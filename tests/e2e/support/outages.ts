/**
 * One outage as a user of the official client meets it: directly, and through
 * a gateway with one account or three.
 */
import { TIMEOUTS } from "../../../lib/limits.ts";
import type { SimulatedAccount } from "../../../lib/simulator/accounts/account.ts";
import { startSimulator } from "../../../lib/simulator/simulator.ts";
import { startTestGateway } from "../../support/gateway.ts";
import { Codex } from "./codex.ts";
import { Line } from "./line.ts";
import { unroutedLogin } from "./logins.ts";
import type { OutageCase, Transport } from "./outage_cases.ts";
import { complaintsIn } from "./socket_side_by_side.ts";

export interface Seen {
  readonly code: number;
  readonly stdout: string;
  readonly complaints: readonly string[];
  /** Of the whole process, its start included. */
  readonly ms: number;
}

/** Zero accounts: the client is right in front of the backend. */
export type Accounts = 0 | 1 | 3;

export const ANSWER = "still here";

export async function seenIn(
  one: OutageCase,
  transport: Transport,
  accounts: Accounts,
): Promise<Seen> {
  return accounts === 0
    ? await directly(one, transport)
    : await through(one, transport, accounts);
}

async function directly(
  one: OutageCase,
  transport: Transport,
): Promise<Seen> {
  await using backend = new Line(one.line ?? {});
  await using issuer = new Line(one.issuerLine ?? {});
  const websockets = transport === "websocket";
  await using simulator = await startSimulator({ websockets });
  const account = simulator.addAccount({ name: "first" });
  backend.targetPort = portOf(simulator.origin);
  issuer.targetPort = portOf(simulator.issuer);
  one.arrange?.(account);
  return await seen(one, {
    account,
    base: `${backend.origin}/backend-api/codex`,
    refreshToken: account.currentRefreshToken(),
    issuer: issuer.origin,
    lines: [backend, issuer],
    isOwn: true,
  });
}

const NAMES = ["1-first", "2-second", "3-third"];

async function through(
  one: OutageCase,
  transport: Transport,
  accounts: Accounts,
): Promise<Seen> {
  await using backend = new Line(one.line ?? {});
  await using issuer = new Line(one.issuerLine ?? {});
  await using gateway = await startTestGateway({
    accounts: NAMES.slice(0, accounts),
    flags: ["--routing-policy=fill_first"],
    upstream: `${backend.origin}/backend-api/codex`,
    issuer: issuer.origin,
    timeouts: TIMEOUTS,
    warm: one.issuerLine === undefined,
    websockets: transport === "websocket",
  });
  backend.targetPort = portOf(gateway.simulator.origin);
  issuer.targetPort = portOf(gateway.simulator.issuer);
  const account = gateway.account("1-first");
  one.arrange?.(account);
  return await seen(one, {
    account,
    base: gateway.url("/v1"),
    refreshToken: "rt_unused",
    issuer: gateway.simulator.issuer,
    lines: [backend, issuer],
    isOwn: false,
  });
}

async function seen(
  one: OutageCase,
  { account, base, refreshToken, issuer, lines, isOwn }: {
    readonly account: SimulatedAccount;
    readonly base: string;
    readonly refreshToken: string;
    readonly issuer: string;
    readonly lines: readonly Line[];
    /** Whether the client's own token is the one that upstream sees. */
    readonly isOwn: boolean;
  },
): Promise<Seen> {
  const login = unroutedLogin(account, refreshToken);
  if (isOwn && one.issuerLine) account.expireAccessTokens();
  await using codex = await Codex.signedIn(login, {
    CODEX_REFRESH_TOKEN_URL_OVERRIDE: `${issuer}/oauth/token`,
  });
  const pictures = await codex.pictures(one.pictures ?? 0);
  for (const line of lines) line.begin();
  const ended = await codex.exec({
    base,
    prompt: `say: ${ANSWER}`,
    // The option takes as many values as there are.
    args: pictures.length === 0 ? [] : ["-i", ...pictures, "--"],
    config: { "features.apps": "false" },
    timeoutMs: one.limitMs ?? 60_000,
  });
  const { code, stdout, ms } = ended;
  return { code, stdout, ms, complaints: complaintsIn(ended) };
}

function portOf(origin: string): number {
  return Number(new URL(origin).port);
}
