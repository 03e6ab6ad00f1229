/** A client per login: when it is made, kept and closed. */
import { assert, assertEquals, assertRejects } from "@std/assert";
import { Login } from "../../lib/accounts/pool/credential.ts";
import { systemRuntime } from "../../lib/runtime.ts";
import { Clients } from "../../lib/upstream/clients.ts";
import { FakeClock } from "../support/clock.ts";
import { DEADLINE } from "../support/deadline.ts";
import { RawUpstream } from "../support/raw_upstream.ts";
import { SILENT, system } from "../support/system.ts";

const MINUTE_MS = 60_000;

/** Real clients, and a time that passes when it is told to. */
class Scene implements Disposable {
  readonly clock = new FakeClock();
  opened = 0;
  readonly clients: Clients;

  constructor() {
    this.clients = new Clients({
      ...this.clock.read,
      after: this.clock.after,
      openClient: () => {
        this.opened++;
        return system.openClient();
      },
    });
  }

  [Symbol.dispose](): void {
    this.clients.close();
    assertEquals([this.clients.size, this.clock.timers], [0, 0]);
  }
}

Deno.test("a login keeps its client, and nobody else has it", () => {
  using scene = new Scene();
  const [a, b] = [new Login(), new Login()];
  const client = scene.clients.of(a);
  for (let minute = 0; minute < 60; minute++) {
    assert(scene.clients.of(a) === client);
    assert(scene.clients.of(b) !== client);
    scene.clock.pass(MINUTE_MS);
  }
  assertEquals([scene.opened, scene.clock.timers], [2, 2]);
});

Deno.test("a client that nobody needs is closed, and its login given another", () => {
  using scene = new Scene();
  const [gone, stays] = [new Login(), new Login()];
  const client = scene.clients.of(gone);
  scene.clock.pass(5 * MINUTE_MS);
  scene.clients.of(stays);
  scene.clock.pass(6 * MINUTE_MS);
  assertEquals(scene.clients.size, 1);
  assert(scene.clients.of(gone) !== client);
  scene.clock.pass(60 * MINUTE_MS);
  assertEquals([scene.clients.size, scene.clock.timers], [0, 0]);
});

for (const ms of [-3_600_000, 0, 4_000]) {
  Deno.test(`a clock that is set by ${ms} ms changes no connection`, () => {
    using scene = new Scene();
    const login = new Login();
    const client = scene.clients.of(login);
    scene.clock.now += ms;
    scene.clock.pass(1_000);
    assert(scene.clients.of(login) === client);
  });
}

Deno.test("behind a nap a login starts with new connections", () => {
  using scene = new Scene();
  const login = new Login();
  const client = scene.clients.of(login);
  scene.clock.now += MINUTE_MS;
  const fresh = scene.clients.of(login);
  assert(fresh !== client);
  assert(scene.clients.of(login) === fresh);
  assertEquals([scene.clients.size, scene.clock.timers], [1, 1]);
});

Deno.test(
  "what a closed client has under way goes on to its end",
  DEADLINE,
  async () => {
    const go = Promise.withResolvers<void>();
    await using upstream = new RawUpstream(async (exchange) => {
      await exchange.begin();
      await exchange.chunk(new TextEncoder().encode("one "));
      await go.promise;
      await exchange.chunk(new TextEncoder().encode("two"));
      await exchange.end();
    });
    using scene = new Scene();
    const response = await ask(upstream, scene.clients.of(new Login()));
    scene.clock.pass(11 * MINUTE_MS);
    assertEquals(scene.clients.size, 0);
    go.resolve();
    assertEquals(await response.text(), "one two");
  },
);

Deno.test(
  "who is late behind a stop finds no network and leaves nothing open",
  DEADLINE,
  async () => {
    await using upstream = new RawUpstream((exchange) => exchange.begin());
    using scene = new Scene();
    scene.clients.close();
    const client = scene.clients.of(new Login());
    await assertRejects(() => ask(upstream, client));
    assertEquals(upstream.heads, []);
  },
);

for (const poolIdleMs of [undefined, 50]) {
  const kept = poolIdleMs === undefined;
  Deno.test(
    `a connection that was idle for ${kept ? "a moment" : "too long"} is ${
      kept ? "" : "not "
    }used again`,
    DEADLINE,
    async () => {
      const ports = new Set<number>();
      await using server = Deno.serve(
        { hostname: "127.0.0.1", port: 0, onListen: () => {} },
        (_request, { remoteAddr }) => {
          ports.add(remoteAddr.port);
          return new Response("here");
        },
      );
      const { openClient } = systemRuntime({
        log: SILENT,
        rootCertificates: [],
        ...poolIdleMs === undefined ? {} : { poolIdleMs },
      });
      using client = openClient();
      const url = `http://127.0.0.1:${server.addr.port}/`;
      for (let turn = 0; turn < 2; turn++) {
        assertEquals(await (await ask({ url }, client)).text(), "here");
        await new Promise((resolve) => setTimeout(resolve, 200));
      }
      assertEquals(ports.size, kept ? 1 : 2);
    },
  );
}

function ask(
  { url }: { readonly url: string },
  client: Deno.HttpClient,
): Promise<Response> {
  return system.fetch({
    method: "GET",
    url: new URL(url),
    headers: [],
    body: undefined,
    signal: new AbortController().signal,
    client,
  });
}
