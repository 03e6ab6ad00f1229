/**
 * What upstream receives over a websocket of the official client through the
 * gateway, against what the client sent, and the way back: every difference
 * stands in docs/fidelity.md.
 */
import { assert, assertEquals } from "@std/assert";
import type { HeaderLine } from "../../lib/protocol/headers.ts";
import { startSimulator } from "../../lib/simulator/simulator.ts";
import { startTestGateway } from "../support/gateway.ts";
import { Codex, codexVersion, type Login } from "./support/codex.ts";
import { documented } from "./support/fidelity_table.ts";
import { CALLERS, TURN } from "./support/fidelity_turn.ts";
import { assertKnown } from "./support/known_client.ts";
import { chatgptLogin, unroutedLogin } from "./support/logins.ts";
import { Tap } from "./support/tap.ts";
import {
  type TappedWebsocket,
  websocketsOf,
  withoutLimits,
} from "./support/tapped_websocket.ts";
import { bodyDifferences, headerDifferences } from "./support/wire_diff.ts";
import CAPTURED from "./fixtures/handshake_head.json" with { type: "json" };

type Wire = Pick<TappedWebsocket, "headers" | "framesIn" | "framesOut">;

interface Relayed {
  /** Between the client and the gateway. */
  readonly here: Wire;
  /** Between the gateway and upstream. */
  readonly there: Wire;
}

async function relayed(login: Login, mode: string): Promise<Relayed> {
  await using tap = new Tap();
  await using gateway = await startTestGateway({
    flags: [
      `--fingerprint-mode=${mode}`,
      `--allowed-host=${new URL(tap.origin).host}`,
    ],
  });
  gateway.simulator.websockets = true;
  tap.target = gateway.url("/");
  await using codex = await Codex.signedIn(login);
  const base = `${tap.origin}/v1`;
  const { code } = await codex.exec({ base, ...TURN });
  const [here, ...more] = websocketsOf(tap);
  assertKnown({
    version: await codexVersion(),
    base,
    requests: tap.requests,
    frames: here?.framesIn ?? [],
  });
  assertEquals(code, 0);
  const [there, ...others] = gateway.simulator.connections;
  assert(here && there, "no websocket");
  assertEquals([more.length, others.length], [0, 0]);
  assertEquals(gateway.simulator.violations, []);
  return { here, there };
}

function differences({ here, there }: Relayed): ReadonlySet<string> {
  assertEquals(there.framesIn.length, here.framesIn.length);
  const encoder = new TextEncoder();
  const frames = here.framesIn.flatMap((frame, index) => [
    ...bodyDifferences(
      "frame",
      encoder.encode(frame),
      encoder.encode(there.framesIn[index] ?? ""),
    ),
  ]);
  const found = [
    ...[...headerDifferences(here.headers, there.headers)].map(([name, what]) =>
      `handshake ${name}: ${what}`
    ),
    ...frames.map(([name, what]) => `frame ${name}: ${what}`),
  ];
  return new Set(found);
}

for (const mode of ["normalize", "passthrough"] as const) {
  for (const [caller, login] of CALLERS) {
    Deno.test(`every difference that ${mode} makes on a websocket for a caller with ${caller} is documented`, async () => {
      await using elsewhere = await startSimulator();
      const own = elsewhere.addAccount({ name: "caller" });

      const both = await relayed(login(own), mode);

      assertEquals(both.here.framesIn.length, 3);
      assertEquals(
        [...differences(both)].toSorted(),
        await documented({
          caller,
          version: await codexVersion(),
          mode,
          table: "Websocket",
        }),
      );
      assertEquals(
        withoutLimits(both.here.framesOut),
        withoutLimits(both.there.framesOut),
      );
      assertEquals(
        both.here.framesOut.length,
        both.there.framesOut.length,
      );
      if (mode === "normalize") return;
      assertEquals(both.there.framesIn, both.here.framesIn);
    });
  }
}

Deno.test("upstream gets the handshake lines that chatgpt.com gets of codex, in their order and case", async () => {
  await using elsewhere = await startSimulator();
  const own = elsewhere.addAccount({ name: "caller" });
  await using gateway = await startTestGateway();
  gateway.simulator.websockets = true;
  await using codex = await Codex.signedIn(chatgptLogin(own));
  const base = gateway.url("/v1");

  await codex.exec({ base, prompt: "say: one" });
  // Upstream has given cookies by now.
  await codex.resume({ base, prompt: "say: two" });

  const { connections } = gateway.simulator;
  assertEquals(
    connections.map(({ headers }) => headers.map(([name]) => name)),
    [
      CAPTURED.captures["B1-realhosts-ws"],
      CAPTURED.captures["F11-cookie-on-ws-reconnect"],
    ],
  );
});

/** Without what is of one run. */
function general(lines: readonly HeaderLine[]): readonly HeaderLine[] {
  return lines.map(([name, value]) => {
    if (OF_ONE_RUN.has(name)) return [name, "<of one run>"];
    return [name, value.replaceAll(UUID, "<id>")];
  });
}

const OF_ONE_RUN = new Set(["Host", "Sec-WebSocket-Key", "authorization"]);
const UUID = /[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}/g;

Deno.test("a handshake of codex reaches upstream as it would without the gateway", async () => {
  await using simulator = await startSimulator({ websockets: true });
  const account = simulator.addAccount({ name: "a" });
  const login = unroutedLogin(account);
  await using codex = await Codex.signedIn(login);
  await codex.exec({ base: simulator.upstream, ...TURN });
  const [direct] = simulator.connections;
  assert(direct);

  const { there } = await relayed(login, "normalize");

  assertEquals(
    [...headerDifferences(general(direct.headers), general(there.headers))],
    // The caller's login names no account; with one, the client too has the
    // hint behind the lines of the session.
    [["chatgpt-account-id", "added"], ["x-codex-routing-hint", "moved"]],
  );
});
