/**
 * What upstream receives of the official client through the gateway, against
 * what the client sent: every difference stands in docs/fidelity.md.
 */
import { assert, assertEquals } from "@std/assert";
import { decodeZstd } from "../../lib/protocol/zstd/zstd.ts";
import type { HeaderLine } from "../../lib/protocol/headers.ts";
import { startSimulator } from "../../lib/simulator/simulator.ts";
import { startTestGateway } from "../support/gateway.ts";
import { Codex, codexVersion, isBefore, type Login } from "./support/codex.ts";
import { documented } from "./support/fidelity_table.ts";
import { CALLERS, TURN } from "./support/fidelity_turn.ts";
import { assertKnown } from "./support/known_client.ts";
import { chatgptLogin, unroutedLogin } from "./support/logins.ts";
import { turnsOf } from "./support/secrets.ts";
import { Tap, type TappedRequest } from "./support/tap.ts";
import { bodyDifferences, headerDifferences } from "./support/wire_diff.ts";
import CAPTURED from "./fixtures/turn_head.json" with { type: "json" };

interface Exchange {
  /** `responses` or `models`. */
  readonly request: string;
  readonly sent: Wire;
  readonly received: Wire;
}

type Wire =
  & Pick<TappedRequest, "method" | "target" | "headers">
  & { readonly body: Uint8Array };

async function exchanges(
  login: Login,
  mode: string,
): Promise<readonly Exchange[]> {
  await using tap = new Tap();
  await using gateway = await startTestGateway({
    flags: [
      `--fingerprint-mode=${mode}`,
      `--allowed-host=${new URL(tap.origin).host}`,
    ],
  });
  tap.target = gateway.url("/");
  await using codex = await Codex.signedIn(login);
  const base = `${tap.origin}/v1`;
  const { code } = await codex.exec({ base, ...TURN });
  const version = await codexVersion();
  assertKnown({ version, base, requests: tap.requests, frames: [] });
  assertEquals(code, 0);
  // The attempt at a websocket is refused by upstream; `websocket_fidelity.ts`
  // has those that are not.
  const received = gateway.simulator.requests.filter(({ method, target }) =>
    target.startsWith("/backend-api/codex/") &&
    (method === "POST" || !target.endsWith("/responses"))
  );
  const sent = tap.requests.filter(({ method, target }) =>
    method === "POST" || target.startsWith("/v1/models")
  );
  const pairs = (wire: readonly Wire[], part: string) =>
    wire.filter(({ target }) => target.includes(part));
  return ["responses", "models"].flatMap((request) => {
    const before = pairs(sent, request);
    const after = pairs(received, request);
    assertEquals(before.length, after.length);
    return paired(before, after).map(([sent, received]) => ({
      request,
      sent,
      received,
    }));
  });
}

/**
 * Codex asks for the models twice at once, as two programs; the second may
 * overtake the first on its way. So the most similar requests belong together.
 */
function paired(
  before: readonly Wire[],
  after: readonly Wire[],
): ReadonlyArray<[Wire, Wire]> {
  const left = [...after];
  return before.map((sent) => {
    const difference = ({ headers }: Wire) =>
      headerDifferences(sent.headers, headers).size;
    left.sort((one, other) => difference(one) - difference(other));
    const received = left.shift();
    assert(received);
    return [sent, received];
  });
}

function differences({ request, sent, received }: Exchange): string[] {
  const target = (wire: Wire) => wire.target.replace(/.*\//, "");
  assertEquals(
    [received.method, target(received)],
    [sent.method, target(sent)],
  );
  assertEquals(lengthOf(received), received.body.length);
  const found = [
    ...headerDifferences(sent.headers, received.headers),
    ...bodyDifferences("body", decoded(sent), decoded(received)),
  ];
  return found.map(([name, what]) => `${request} ${name}: ${what}`);
}

function valueOf(wire: Wire, name: string): string | undefined {
  return wire.headers.find(([other]) => other === name)?.[1];
}

function lengthOf(wire: Wire): number {
  return Number(valueOf(wire, "content-length") ?? 0);
}

function decoded(wire: Wire): Uint8Array {
  if (valueOf(wire, "content-encoding") !== "zstd") return wire.body;
  const bytes = decodeZstd(wire.body, 1 << 24);
  if (!bytes.ok) throw new Error(bytes.error.message);
  return bytes.value;
}

for (const mode of ["normalize", "passthrough"] as const) {
  for (const [caller, login] of CALLERS) {
    Deno.test(`every difference that ${mode} makes for a caller with ${caller} is documented`, async () => {
      await using elsewhere = await startSimulator();
      const own = elsewhere.addAccount({ name: "caller" });

      const all = await exchanges(login(own), mode);

      assertEquals(
        all.filter(({ request }) => request === "responses").length,
        2,
      );
      const found = new Set(all.flatMap(differences));
      const version = await codexVersion();
      assertEquals(
        [...found].toSorted(),
        await documented({ caller, version, mode }),
      );
      if (mode === "normalize") return;
      for (const { sent, received } of all) {
        assertEquals(received.body, sent.body, "not the caller's own bytes");
      }
    });
  }
}

/** Without what is of one run. */
function general(lines: readonly HeaderLine[]): string[] {
  return lines.map(([name, value]) => {
    const ofThisRun = name === "host" || name === "content-length";
    const text = value.replaceAll(UUID, "<id>").replaceAll(STARTED, "<time>");
    return `${name}: ${ofThisRun ? "<of this run>" : text}`;
  });
}

const UUID = /[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}/g;
const STARTED = /"turn_started_at_unix_ms":\d+/g;

Deno.test("codex sends a gateway the header lines it sends upstream directly", async () => {
  await using simulator = await startSimulator();
  const account = simulator.addAccount({ name: "a" });
  const login = unroutedLogin(account);
  await using codex = await Codex.signedIn(login);
  await codex.exec({ base: simulator.upstream, ...TURN });
  const [direct] = turnsOf(simulator);
  assert(direct);

  const [through] = await exchanges(login, "normalize");

  assertEquals(
    general(through?.sent.headers ?? []),
    general(direct.headers),
  );
});

Deno.test("codex sends a gateway the header lines it sends chatgpt.com, in their order", async () => {
  await using elsewhere = await startSimulator();
  const account = elsewhere.addAccount({ name: "caller" });

  const [turn] = await exchanges(chatgptLogin(account), "normalize");

  const version = await codexVersion();
  const captured = CAPTURED.findLast((one) =>
    !isBefore(version, one.codex_version)
  );
  assertEquals(turn?.sent.headers.map(([name]) => name), captured?.headers);
});
