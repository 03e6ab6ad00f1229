/**
 * Sessions of the official client over a websocket: one connection on each
 * side for all turns of a process, and what becomes of it when its account
 * cannot go on.
 */
import { assert, assertEquals } from "@std/assert";
import { parseObject, stringField } from "../../lib/protocol/json.ts";
import type { SimulatedConnection } from "../../lib/simulator/frames/connection_record.ts";
import { usageLimitReached } from "../../lib/simulator/faults/limits.ts";
import { startTestGateway, type TestGateway } from "../support/gateway.ts";
import { AppServer } from "./support/app_server.ts";
import { Codex } from "./support/codex.ts";
import { Tap } from "./support/tap.ts";
import {
  type TappedWebsocket,
  websocketsOf,
  withoutLimits,
} from "./support/tapped_websocket.ts";

const HOUR_MS = 3_600_000;

interface Parts {
  readonly gateway: TestGateway;
  readonly codex: Codex;
  readonly base: string;
  /** What the client has opened towards the gateway. */
  readonly opened: () => readonly TappedWebsocket[];
}

/** Three accounts, and a tap in front of their gateway. */
async function withPool(test: (parts: Parts) => Promise<void>): Promise<void> {
  await using tap = new Tap();
  await using gateway = await startTestGateway({
    accounts: ["a", "b", "c"],
    flags: [
      "--routing-policy=fill_first",
      `--allowed-host=${new URL(tap.origin).host}`,
    ],
    warm: true,
  });
  gateway.simulator.websockets = true;
  tap.target = gateway.url("/");
  await using codex = await Codex.signedIn({ kind: "none" });
  const opened = () => websocketsOf(tap);
  await test({ gateway, codex, base: `${tap.origin}/v1`, opened });
  assertEquals(gateway.simulator.violations, []);
}

/** A chain: each request builds on the answer before it. */
function assertChained({ framesIn, framesOut }: SimulatedConnection): void {
  const answers = framesOut.flatMap((text) => {
    const event = parseObject(text);
    return event?.["type"] === "response.completed"
      ? [stringField(Object(event["response"]), "id")]
      : [];
  });
  const [first, ...rest] = framesIn.map((text) =>
    stringField(parseObject(text) ?? {}, "previous_response_id")
  );
  assertEquals(first, undefined);
  assertEquals(rest, answers.slice(0, -1));
}

function isPrewarm(text: string | undefined): boolean {
  return parseObject(text ?? "")?.["generate"] === false;
}

Deno.test("codex exec runs its prewarm, its turn and a tool over one connection", () =>
  withPool(async ({ gateway, codex, base, opened }) => {
    const { code, stdout } = await codex.exec({
      base,
      prompt: "run: echo over-a-websocket",
      args: ["--dangerously-bypass-approvals-and-sandbox"],
    });

    assertEquals(code, 0);
    assert(stdout.includes("over-a-websocket"), stdout);
    const { connections, requests } = gateway.simulator;
    assertEquals([opened().length, connections.length], [1, 1]);
    const [connection] = connections;
    assert(connection);
    assertEquals(connection.framesIn.map(isPrewarm), [true, false, false]);
    assertChained(connection);
    assertEquals(requests.filter(({ method }) => method === "POST"), []);
  }));

Deno.test("the turns of an app server go over one connection on each side", () =>
  withPool(async ({ gateway, codex, base, opened }) => {
    await using server = await AppServer.start(codex, base);
    const ends = [
      await server.turn("say: one"),
      await server.turn("run: echo two"),
      await server.turn("say: three"),
      await server.turn("say: four"),
    ];

    assertEquals(
      ends.map(({ status }) => status),
      ["completed", "completed", "completed", "completed"],
    );
    assertEquals(
      [ends[0], ends[2], ends[3]].map((end) => end?.answer),
      ["one", "three", "four"],
    );
    assert(ends[1]?.answer.includes("two"));
    assertEquals(ends.flatMap(({ complaints }) => complaints), []);
    const [here, ...more] = opened();
    const [there, ...others] = gateway.simulator.connections;
    assert(here && there);
    assertEquals([more.length, others.length], [0, 0]);
    assertEquals([here.framesIn.length, there.framesIn.length], [6, 6]);
    assertEquals(isPrewarm(there.framesIn[0]), true);
    assertChained(there);
    assertEquals(
      withoutLimits(here.framesOut),
      withoutLimits(there.framesOut),
    );
    assertEquals((await gateway.views())["a"]?.["in_flight_requests"], 0);
  }));

Deno.test("codex exec resume opens a connection of its own, on the account of its session", () =>
  withPool(async ({ gateway, codex, base, opened }) => {
    const first = await codex.exec({ base, prompt: "say: one" });
    const second = await codex.resume({ base, prompt: "say: two" });

    assertEquals([first.stdout, second.stdout], ["one\n", "two\n"]);
    const { connections } = gateway.simulator;
    assertEquals([opened().length, connections.length], [2, 2]);
    assertEquals(connections.map(({ account }) => account), ["a", "a"]);
    connections.forEach(assertChained);
  }));

/** How the gateway comes to know that account `a` is spent. */
const DISCOVERIES: ReadonlyArray<
  [string, (gateway: TestGateway) => Promise<void>]
> = [
  ["the turn itself finds out", () => Promise.resolve()],
  ["a turn of somebody else finds out", async (gateway) => {
    const other = await gateway.turn();
    assertEquals(other.status, 200);
    await other.body?.cancel();
  }],
];

for (const [name, discover] of DISCOVERIES) {
  Deno.test(`an account that is spent between two turns of a session costs one start-over that nobody sees: ${name}`, () =>
    withPool(async ({ gateway, codex, base, opened }) => {
      await using server = await AppServer.start(codex, base);
      await server.turn("say: one");
      // With reasoning that upstream has encrypted for this account alone.
      await server.turn("run: echo two");
      const now = Date.now();
      gateway.account("a").fault(
        usageLimitReached({ now, resetsAt: now + 3 * HOUR_MS }),
        Infinity,
      );
      await discover(gateway);

      const third = await server.turn("say: three");
      const fourth = await server.turn("say: four");

      assertEquals(
        [third, fourth].map(({ status, answer }) => [status, answer]),
        [["completed", "three"], ["completed", "four"]],
      );
      assertEquals([...third.complaints, ...fourth.complaints], []);
      // Two sockets: the first ends with the start-over, the second stays.
      const [before, after, ...more] = opened();
      assert(before && after);
      assertEquals(more.length, 0);
      assertEquals(
        opened().map(({ framesOut }) => framesOut.filter(isError).length),
        [1, 0],
      );
      // Upstream refuses the reasoning once; then the turn comes without.
      const { connections } = gateway.simulator;
      const accounts = connections.map(({ account }) => account);
      assertEquals([...new Set(accounts)], ["a", "b"]);
      const last = connections.at(-1);
      assert(last);
      assertChained(last);
      assertEquals([after.framesIn.length, last.framesIn.length], [2, 2]);
      const views = await gateway.views();
      assertEquals(views["a"]?.["blocked_reason"], "quota_exhausted");
    }));
}

function isError(text: string): boolean {
  return parseObject(text)?.["type"] === "error";
}
