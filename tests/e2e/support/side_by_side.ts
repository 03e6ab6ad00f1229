/**
 * The same failing upstream twice: once with the official client right in
 * front of it, once with a gateway and its only account between them.
 *
 * The client is signed in with the account itself both times, so that nothing
 * but the gateway differs.
 */
import type { Fault } from "../../../lib/simulator/faults/faults.ts";
import { startSimulator } from "../../../lib/simulator/simulator.ts";
import { startTestGateway } from "../../support/gateway.ts";
import type { Ended, Running } from "./child.ts";
import { Codex } from "./codex.ts";
import { unroutedLogin } from "./logins.ts";
import { printedBy } from "./printed.ts";
import { turnsOf } from "./secrets.ts";

export interface Seen {
  readonly code: number;
  /** What the client showed, without what varies. */
  readonly printed: string;
  /** How often it was sent upstream. */
  readonly sends: number;
  readonly ms: number;
  readonly killed: boolean;
}

const PROMPT = "say: never said";

/** `codex exec` straight at an upstream that keeps failing. */
export async function seenDirect(fault: Fault): Promise<Seen> {
  await using simulator = await startSimulator();
  const account = simulator.addAccount({ name: "only" });
  account.fault(fault, Infinity);
  await using codex = await Codex.signedIn(unroutedLogin(account));
  const ended = await codex.exec({ base: simulator.upstream, prompt: PROMPT });
  return seen(ended, turnsOf(simulator).length);
}

export interface ThroughGateway extends Seen {
  /** The only account as the admin port shows it afterwards. */
  readonly view: Readonly<Record<string, unknown>>;
  /** What the gateway answers to the client's next try. */
  readonly nextAnswer: {
    readonly status: number;
    readonly retryAfter: string | null;
    readonly body: { readonly error?: Readonly<Record<string, unknown>> };
  };
}

/** The same through a gateway; `until` may end the client's waiting. */
export async function seenThroughGateway(
  fault: Fault,
  until: (running: Running) => Promise<unknown> = ({ ended }) => ended,
): Promise<ThroughGateway> {
  await using gateway = await startTestGateway({ accounts: ["only"] });
  const account = gateway.account("only");
  account.fault(fault, Infinity);
  await using codex = await Codex.signedIn(unroutedLogin(account));
  const running = codex.start({ base: gateway.url("/v1"), prompt: PROMPT });
  await until(running);
  const sends = turnsOf(gateway.simulator).length;
  const next = await gateway.turn();
  const nextAnswer = {
    status: next.status,
    retryAfter: next.headers.get("retry-after"),
    body: await next.json().catch(() => ({})),
  };
  const { only = {} } = await gateway.views();
  running.signal("SIGKILL");
  return { ...seen(await running.ended, sends), view: only, nextAnswer };
}

function seen(ended: Ended, sends: number): Seen {
  const { code, killed, ms } = ended;
  return { code, killed, ms, sends, printed: printedBy(ended) };
}
