/** When a lost port is bound again, and when it is given up. */
import { assertEquals } from "@std/assert";
import { KeptServer, type Server } from "../../lib/server/kept_server.ts";
import { SILENT } from "../support/system.ts";

const TIMES = { firstMs: 100, mostMs: 400, steadyMs: 1000, giveUpMs: 5000 };

/** Time that only a test moves. */
class Timers {
  #now = 0;
  readonly #due = new Map<() => void, number>();

  readonly after = (ms: number, task: () => void): () => void => {
    const run = () => task();
    this.#due.set(run, this.#now + ms);
    return () => this.#due.delete(run);
  };

  async pass(ms: number): Promise<void> {
    const end = this.#now + ms;
    while (true) {
      const [next] = [...this.#due].sort(([, a], [, b]) => a - b);
      if (next === undefined || next[1] > end) break;
      const [task, at] = next;
      this.#due.delete(task);
      this.#now = at;
      task();
      await settled();
    }
    this.#now = end;
  }
}

/** Lets what has been resolved be heard. */
function settled(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 0));
}

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
  const timers = new Timers();
  const servers: Lent[] = [new Lent()];
  const pauses: unknown[] = [];
  const state = { taken: false, lost: "" };
  const noted = (_: string, fields?: Readonly<Record<string, unknown>>) => {
    if (fields?.["again_in_ms"]) pauses.push(fields["again_in_ms"]);
  };
  const kept = new KeptServer(servers[0] ?? new Lent(), {
    name: "public",
    bind: () => {
      if (state.taken) throw new Error("address in use");
      const server = new Lent();
      servers.push(server);
      return server;
    },
    after: timers.after,
    log: { ...SILENT, warn: noted, error: noted },
    times: TIMES,
  });
  void kept.lost.then((reason) => state.lost = reason);
  const take = () => servers.at(-1)?.take();
  return { kept, timers, servers, pauses, state, take };
}

Deno.test("KeptServer waits twice as long each time, up to a limit", async () => {
  const { kept, timers, pauses, state, take } = scene();
  state.taken = true;
  await take();
  assertEquals(kept.isListening, false);
  await timers.pass(1400);
  assertEquals(pauses, [100, 200, 400, 400, 400]);
  state.taken = false;
  await timers.pass(400);
  assertEquals([kept.isListening, kept.losses], [true, 1]);
  await kept.close();
});

Deno.test("KeptServer begins anew once a listener has lasted", async () => {
  const { kept, timers, pauses, state, take } = scene();
  await take();
  await timers.pass(100 + TIMES.steadyMs);
  await take();
  assertEquals(pauses, [100, 100]);
  await timers.pass(TIMES.giveUpMs);
  assertEquals([kept.isListening, state.lost], [true, ""]);
  await kept.close();
});

Deno.test("KeptServer takes a listener that comes and goes for one outage", async () => {
  const { kept, timers, pauses, take } = scene();
  for (let loss = 0; loss < 4; loss++) {
    await take();
    await timers.pass(TIMES.mostMs + 1);
  }
  assertEquals(pauses, [100, 200, 400, 400]);
  await kept.close();
});

Deno.test("KeptServer tells why, once it gives a port up", async () => {
  const { timers, state, take } = scene();
  state.taken = true;
  await take();
  await timers.pass(TIMES.giveUpMs - 1);
  assertEquals(state.lost, "");
  await timers.pass(1);
  assertEquals(state.lost, "address in use");
});

Deno.test("KeptServer that is closed is not renewed", async () => {
  const { kept, timers, servers } = scene();
  await kept.close();
  kept.renew();
  await timers.pass(TIMES.giveUpMs);
  assertEquals([kept.isListening, servers.length], [false, 1]);
});

Deno.test("KeptServer that is renewed is bound again in a moment", async () => {
  const { kept, timers, servers } = scene();
  kept.renew();
  assertEquals(kept.isListening, true);
  await timers.pass(10);
  assertEquals([kept.isListening, servers.length, kept.losses], [true, 2, 0]);
  await kept.close();
});

Deno.test("KeptServer that is renewed does not take the listener before for one that lasts", async () => {
  const { kept, timers, state, take } = scene();
  await take();
  await timers.pass(TIMES.firstMs);
  await timers.pass(TIMES.steadyMs / 2);
  kept.renew();
  await timers.pass(10);
  state.taken = true;
  await take();
  await timers.pass(TIMES.giveUpMs);
  assertEquals([kept.isListening, state.lost], [false, "address in use"]);
});
