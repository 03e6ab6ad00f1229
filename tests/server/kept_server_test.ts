/** When a lost port is bound again, and when it is given up. */
import { assertEquals } from "@std/assert";
import { KeptServer, type Server } from "../../lib/server/port/kept_server.ts";
import { FakeClock, settled } from "../support/clock.ts";
import { FakeLog } from "../support/log.ts";

const TIMES = { firstMs: 100, mostMs: 400, steadyMs: 1000, giveUpMs: 5000 };

/** A server that the runtime takes away when a test says so. */
class Lent implements Server {
  readonly #finished = Promise.withResolvers<void>();
  readonly finished = this.#finished.promise;

  take(): Promise<void> {
    this.#finished.reject(new Error("too many open files"));
    return settled();
  }

  shutdown(): Promise<void> {
    this.#finished.resolve();
    return this.finished;
  }
}

function scene() {
  const clock = new FakeClock();
  const servers: Lent[] = [new Lent()];
  const log = new FakeLog();
  const state = { taken: false, lost: "" };
  const kept = new KeptServer(servers[0] ?? new Lent(), {
    name: "public",
    bind: () => {
      if (state.taken) throw new Error("address in use");
      const server = new Lent();
      servers.push(server);
      return server;
    },
    after: clock.after,
    log,
    times: TIMES,
  });
  void kept.lost.then((reason) => state.lost = reason);
  const take = () => servers.at(-1)?.take();
  const pauses = () =>
    log.entries.map(({ fields }) => fields["again_in_ms"])
      .filter((pause) => pause !== undefined);
  return { kept, clock, servers, pauses, state, take };
}

Deno.test("KeptServer waits twice as long each time, up to a limit", async () => {
  const { kept, clock, pauses, state, take } = scene();
  state.taken = true;
  await take();
  assertEquals(kept.isListening, false);
  await clock.passSlowly(1400);
  assertEquals(pauses(), [100, 200, 400, 400, 400]);
  state.taken = false;
  await clock.passSlowly(400);
  assertEquals([kept.isListening, kept.losses], [true, 1]);
  await kept.close();
});

Deno.test("KeptServer begins anew once a listener has lasted", async () => {
  const { kept, clock, pauses, state, take } = scene();
  await take();
  await clock.passSlowly(100 + TIMES.steadyMs);
  await take();
  assertEquals(pauses(), [100, 100]);
  await clock.passSlowly(TIMES.giveUpMs);
  assertEquals([kept.isListening, state.lost], [true, ""]);
  await kept.close();
});

Deno.test("KeptServer takes a listener that comes and goes for one outage", async () => {
  const { kept, clock, pauses, take } = scene();
  for (let loss = 0; loss < 4; loss++) {
    await take();
    await clock.passSlowly(TIMES.mostMs + 1);
  }
  assertEquals(pauses(), [100, 200, 400, 400]);
  await kept.close();
});

Deno.test("KeptServer tells why, once it gives a port up", async () => {
  const { clock, state, take } = scene();
  state.taken = true;
  await take();
  await clock.passSlowly(TIMES.giveUpMs - 1);
  assertEquals(state.lost, "");
  await clock.passSlowly(1);
  assertEquals(state.lost, "address in use");
});

Deno.test("KeptServer that is closed is not renewed", async () => {
  const { kept, clock, servers } = scene();
  await kept.close();
  kept.renew();
  await clock.passSlowly(TIMES.giveUpMs);
  assertEquals([kept.isListening, servers.length], [false, 1]);
});

Deno.test("KeptServer that is renewed is bound again in a moment", async () => {
  const { kept, clock, servers } = scene();
  kept.renew();
  assertEquals(kept.isListening, true);
  await clock.passSlowly(10);
  assertEquals([kept.isListening, servers.length, kept.losses], [true, 2, 0]);
  await kept.close();
});

Deno.test("KeptServer that is renewed does not take the listener before for one that lasts", async () => {
  const { kept, clock, state, take } = scene();
  await take();
  await clock.passSlowly(TIMES.firstMs);
  await clock.passSlowly(TIMES.steadyMs / 2);
  kept.renew();
  await clock.passSlowly(10);
  state.taken = true;
  await take();
  await clock.passSlowly(TIMES.giveUpMs);
  assertEquals([kept.isListening, state.lost], [false, "address in use"]);
});
