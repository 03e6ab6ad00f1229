/**
 * Whose turns share a connection: those of one login, and of no two.
 */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { type Runtime, systemRuntime } from "../../lib/runtime.ts";
import { FakeClock } from "../support/clock.ts";
import { DEADLINE } from "../support/deadline.ts";
import { startTestGateway, type TestGateway } from "../support/gateway.ts";
import {
  type H2Upstream,
  h2Upstream,
  rootCertificate,
} from "../support/h2_upstream.ts";
import { assertNobodyBlamed, idle } from "../support/quiet.ts";
import { SILENT } from "../support/system.ts";

async function gatewayTo(
  upstream: H2Upstream,
  runtime: Partial<Runtime> = {},
): Promise<TestGateway> {
  const { fetch, openClient } = systemRuntime({
    log: SILENT,
    rootCertificates: [await rootCertificate()],
  });
  return await startTestGateway({
    accounts: ["a", "b"],
    warm: true,
    upstream: upstream.url,
    flags: ["--routing-policy=round_robin", "--affinity=none"],
    runtime: { fetch, openClient, ...runtime },
  });
}

Deno.test(
  "a lost HTTP/2 connection ends the turns of one account only",
  DEADLINE,
  async () => {
    await using upstream = await h2Upstream();
    await using test = await gatewayTo(upstream);
    const texts: Promise<string>[] = [];
    for (let turn = 0; turn < 8; turn++) {
      texts.push(test.turn().then((response) => response.text()));
      // Never two at once, so that connections are made as they are needed.
      await upstream.untilTurns(turn + 1);
    }
    const { turns } = upstream;
    const accounts = [...new Set(turns.map(({ account }) => account))];
    assertEquals(accounts.length, 2);
    const sessions = accounts.map((name) =>
      new Set(
        turns.filter(({ account }) => account === name)
          .map(({ session }) => session),
      )
    );
    // All turns of one account go over one connection, and nobody else's do.
    assertEquals(sessions.map(({ size }) => size), [1, 1]);
    assertEquals(new Set(turns.map(({ session }) => session)).size, 2);

    const [lost, other] = accounts;
    turns.find(({ account }) => account === lost)?.session?.destroy();
    for (const turn of turns) if (turn.account === other) turn.end();
    const answers = await Promise.all(texts);
    for (const [number, text] of answers.entries()) {
      const isLost = turns[number]?.account === lost;
      assertStringIncludes(text, "half ");
      assertEquals(text.includes("response.completed"), !isLost, text);
      assertEquals(text.includes("response.failed"), isLost, text);
    }
    await idle(test);
    await assertNobodyBlamed(test);
  },
);

Deno.test(
  "an account whose connection is full keeps no other from its own",
  DEADLINE,
  async () => {
    await using upstream = await h2Upstream({ maxStreams: 2 });
    await using test = await gatewayTo(upstream);
    // The limit is only known behind the first answers.
    const first = [test.turn(), test.turn()].map(async (one) =>
      await (await one).text()
    );
    await upstream.untilTurns(2);
    for (const turn of upstream.turns) turn.end();
    await Promise.all(first);

    const texts = Array.from(
      { length: 4 },
      async () => await (await test.turn()).text(),
    );
    await upstream.untilTurns(6);
    for (const turn of upstream.turns.slice(2)) turn.end();
    for (const text of await Promise.all(texts)) {
      assertStringIncludes(text, "response.completed");
    }
    assertEquals(new Set(upstream.turns.map(({ session }) => session)).size, 2);
  },
);

Deno.test(
  "a connection that was lost between turns is made anew",
  DEADLINE,
  async () => {
    await using upstream = await h2Upstream();
    await using test = await gatewayTo(upstream);
    for (let turn = 0; turn < 4; turn++) {
      const text = test.turn().then((response) => response.text());
      await upstream.untilTurns(turn + 1);
      upstream.turns[turn]?.end();
      assertStringIncludes(await text, "response.completed");
      upstream.turns[turn]?.session?.destroy();
    }
    assert(new Set(upstream.turns.map(({ session }) => session)).size >= 2);
    await assertNobodyBlamed(test);
  },
);

Deno.test(
  "behind a nap no turn goes over a connection from before it",
  DEADLINE,
  async () => {
    const clock = new FakeClock({ now: Date.now(), runs: true });
    await using upstream = await h2Upstream();
    await using test = await gatewayTo(upstream, clock.read);
    for (let turn = 0; turn < 4; turn++) {
      // Two turns for both accounts, then a nap.
      if (turn === 2) clock.now += 20 * 60_000;
      const text = test.turn().then((response) => response.text());
      await upstream.untilTurns(turn + 1);
      upstream.turns[turn]?.end();
      assertStringIncludes(await text, "response.completed");
    }
    assertEquals(new Set(upstream.turns.map(({ session }) => session)).size, 4);
  },
);
