import { assert, assertEquals, assertMatch, assertRejects } from "@std/assert";
import { checkProxies } from "../../lib/upstream/socket/proxy.ts";
import { encode, frame, OPCODE } from "../support/frames.ts";
import {
  connectProxy,
  type Proxy,
  type ProxyOptions,
  socksProxy,
} from "../support/proxies.ts";
import { rawServer } from "../support/raw_websocket.ts";
import { open, openSocket } from "./socket_support.ts";

const FILES = new URL("../fixtures/tls/", import.meta.url);

function fixture(name: string): Promise<string> {
  return Deno.readTextFile(new URL(name, FILES));
}

/** A websocket upstream that says hello, with or without TLS. */
function upstream(tls?: { readonly cert: string; readonly key: string }) {
  return rawServer(async (peer) => {
    await peer.accept([], frame(OPCODE.text, "hello"));
    await peer.ended();
  }, tls);
}

const KINDS: readonly {
  readonly name: string;
  readonly variable: string;
  readonly start: (options: ProxyOptions) => Proxy;
  readonly scheme: string;
}[] = [
  {
    name: "an HTTP proxy",
    variable: "HTTP_PROXY",
    start: connectProxy,
    scheme: "http://",
  },
  {
    name: "a proxy without a scheme",
    variable: "all_proxy",
    start: connectProxy,
    scheme: "",
  },
  {
    name: "a SOCKS5 proxy",
    variable: "ALL_PROXY",
    start: socksProxy,
    scheme: "socks5://",
  },
  {
    name: "a SOCKS5 proxy that resolves",
    variable: "http_proxy",
    start: socksProxy,
    scheme: "socks5h://",
  },
];

/** The variable that is meant for TLS. */
function secure(variable: string): string {
  return variable.replace("HTTP_", "HTTPS_").replace("http_", "https_");
}

for (const { name, variable, start, scheme } of KINDS) {
  Deno.test(
    `ws goes through ${name}, which resolves the name`,
    async () => {
      await using server = upstream();
      await using proxy = start({ target: server.port });
      const { socket, heard } = await openSocket({
        url: "http://no-such-host.invalid:8080/responses",
        env: { [variable]: `${scheme}127.0.0.1:${proxy.port}` },
      });
      await heard.untilMessages(1);
      socket.terminate();
      await heard.untilClosed;
      await proxy.untilIdle();
      assertEquals(proxy.asked, ["no-such-host.invalid:8080"]);
      assertEquals(proxy.credentials(), undefined);
    },
  );

  Deno.test(`wss goes through ${name}`, async () => {
    const [cert, key, root] = await Promise.all(
      ["server.pem", "server.key", "root.pem"].map(fixture),
    );
    await using server = upstream({ cert: cert ?? "", key: key ?? "" });
    await using proxy = start({ target: server.port });
    const { socket, heard } = await openSocket({
      // A name of the certificate; nobody here could resolve it.
      url: "https://chatgpt.test/backend-api/codex/responses",
      env: { [secure(variable)]: `${scheme}127.0.0.1:${proxy.port}` },
      rootCertificates: [root ?? ""],
    });
    await heard.untilMessages(1);
    socket.terminate();
    await heard.untilClosed;
    await proxy.untilIdle();
    assertEquals(proxy.asked, ["chatgpt.test:443"]);
  });

  Deno.test(`${name} gets its credentials`, async () => {
    await using server = upstream();
    await using proxy = start({ target: server.port, needsPassword: true });
    const { socket, heard } = await openSocket({
      url: "http://upstream.test/",
      env: { [variable]: `${scheme}me:p%40ss:w@127.0.0.1:${proxy.port}` },
    });
    socket.terminate();
    await heard.untilClosed;
    assertEquals(proxy.credentials(), "me:p@ss:w");
  });

  Deno.test(
    `with ${name} down nothing goes direct`,
    async () => {
      await using server = upstream();
      const proxy = start({ target: server.port });
      await proxy[Symbol.asyncDispose]();
      const error = await assertRejects(() =>
        open({
          url: `http://127.0.0.1:${server.port}/`,
          env: { [variable]: `${scheme}me:secret@127.0.0.1:${proxy.port}` },
        }), Error);
      assertMatch(error.message, /^proxy: .*refused/i);
      assertEquals(error.message.includes("secret"), false);
      assertEquals(server.connections(), 0);
    },
  );

  Deno.test(
    `a refusal of ${name} is none of the upstream`,
    async () => {
      await using server = upstream();
      await using proxy = start({
        target: server.port,
        refusal: "HTTP/1.1 429 Too Many Requests\r\nContent-Length: 0\r\n",
      });
      await assertRejects(
        () =>
          open({
            url: `http://127.0.0.1:${server.port}/`,
            env: { [variable]: `${scheme}127.0.0.1:${proxy.port}` },
          }),
        Error,
        "proxy",
      );
      await proxy.untilIdle();
      assertEquals(proxy.connections(), 1);
      assertEquals(server.connections(), 0);
    },
  );

  Deno.test(
    `abort leaves ${name} that does not answer`,
    async () => {
      await using server = upstream();
      await using proxy = start({ target: server.port, isSilent: true });
      const control = new AbortController();
      const opening = open({
        url: `http://127.0.0.1:${server.port}/`,
        env: { [variable]: `${scheme}127.0.0.1:${proxy.port}` },
        signal: control.signal,
      });
      while (proxy.connections() === 0) {
        await new Promise((resolve) => setTimeout(resolve, 1));
      }
      control.abort(new Error("enough waited"));
      await assertRejects(() => opening, Error, "enough waited");
      await proxy.untilIdle();
    },
  );
}

/** A user name and password as they may stand in a URL, and what is sent. */
const USERS: readonly (readonly [string, string])[] = [
  ["me:p%40ss:w", "me:p@ss:w"],
  ["me:%C3%A4", "me:ä"],
  ["me:p%zz", "me:p%zz"],
  ["me:p%", "me:p%"],
  ["me:p%2", "me:p%2"],
  ["me:p%41%4g", "me:pA%4g"],
  ["me:p%25zz", "me:p%zz"],
  ["%zz:pw", "%zz:pw"],
  ["m%C3%A4x:%E4b%F6", "mäx:\uFFFDb\uFFFD"],
];

/** Empty user names are for HTTP only: RFC 1929 has none. */
const SENT = [
  ...[...USERS, [":pw", ":pw"] as const].map((row) =>
    ["http", connectProxy, ...row] as const
  ),
  ...USERS.map((row) => ["socks5", socksProxy, ...row] as const),
];

for (const [scheme, start, user, sent] of SENT) {
  Deno.test(`${scheme}://${user}@proxy gets ${JSON.stringify(sent)}`, async () => {
    await using server = upstream();
    await using proxy = start({ target: server.port, needsPassword: true });
    const { socket, heard } = await openSocket({
      url: "http://upstream.test/",
      env: { ALL_PROXY: `${scheme}://${user}@127.0.0.1:${proxy.port}` },
    });
    socket.terminate();
    await heard.untilClosed;
    assertEquals(proxy.credentials(), sent);
  });
}

/** Nobody listens there, so a tunnel ends as soon as it is open. */
const CLOSED_PORT = 10;

Deno.test("fetch gives a proxy the same credentials", async () => {
  await using proxies = new AsyncDisposableStack();
  const rows = SENT.map(([scheme, start, user]) => {
    const proxy = start({ target: CLOSED_PORT, needsPassword: true });
    proxies.use(proxy);
    return { proxy, url: `${scheme}://${user}@127.0.0.1:${proxy.port}` };
  });
  await fetchThrough(rows.map(({ url }) => url));
  assertEquals(
    rows.map(({ proxy }) => proxy.credentials()),
    SENT.map(([, , , sent]) => sent),
  );
});

const PLACES = [
  (port: number, odd: string) => `${odd}http://127.0.0.1:${port}`,
  (port: number, odd: string) => `http${odd}://127.0.0.1:${port}`,
  (port: number, odd: string) => `http:/${odd}/127.0.0.1:${port}`,
  (port: number, odd: string) => `http://u${odd}:p@127.0.0.1:${port}`,
  (port: number, odd: string) => `http://u:p${odd}w@127.0.0.1:${port}`,
  (port: number, odd: string) => `socks5://u${odd}p@127.0.0.1:${port}`,
  (port: number, odd: string) => `http://127.0.0.1:${port}${odd}`,
  (port: number, odd: string) => `http://127.0.0.1:${port}/${odd}`,
];

const ODD = [
  ..." \t\n!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~ü\u200b",
  "%20",
  "%zz",
  "//",
  "::",
];

Deno.test("fetch goes around no proxy that is taken", async () => {
  const doors = new DisposableStack();
  const rows = PLACES.flatMap((place) => ODD.map((odd) => ({ place, odd })))
    .map(({ place, odd }) => {
      const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
      doors.use(listener);
      const row = { value: place(listener.addr.port, odd), came: 0 };
      const count = async () => {
        for await (const connection of listener) {
          row.came++;
          connection.close();
        }
      };
      void count().catch(() => {});
      return row;
    });
  const taken = rows.filter(({ value }) =>
    checkProxies((name) => name === "ALL_PROXY" ? value : undefined).ok
  );
  assert(taken.length > 70 && taken.length < rows.length, `${taken.length}`);
  await fetchThrough(taken.map(({ value }) => value));
  doors.dispose();
  assertEquals(taken.filter(({ came }) => came === 0), []);
});

/** Has `fetch` go through each of these proxies. */
async function fetchThrough(proxies: readonly string[]): Promise<void> {
  const program = new URL("fetch_through.ts", import.meta.url).href;
  await new Deno.Command("deno", {
    args: [
      "run",
      "--no-prompt",
      "--allow-env",
      "--allow-net",
      program,
      ...proxies,
    ],
    stderr: "inherit",
  }).output();
}

const ADDRESSES: readonly (readonly [string, string])[] = [
  ["10.1.2.3", "10.1.2.3:80"],
  ["[2001:db8::a:1]:81", "32.1.13.184.0.0.0.0.0.0.0.0.0.10.0.1:81"],
  ["[::1]", "0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.1:80"],
  ["[::]", "0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0:80"],
];

for (const [host, asked] of ADDRESSES) {
  Deno.test(`a SOCKS5 proxy is given the bytes of ${host}`, async () => {
    await using server = upstream();
    await using proxy = socksProxy({ target: server.port });
    const { socket, heard } = await openSocket({
      url: `http://${host}/`,
      env: { ALL_PROXY: `socks5://127.0.0.1:${proxy.port}` },
    });
    socket.terminate();
    await heard.untilClosed;
    assertEquals(proxy.asked, [asked]);
  });
}

Deno.test("a SOCKS5 proxy's reason is in the error", async () => {
  await using proxy = socksProxy({ target: 1, refusal: "any" });
  await assertRejects(
    () =>
      open({
        url: "http://upstream.test/",
        env: { ALL_PROXY: `socks5://127.0.0.1:${proxy.port}` },
      }),
    Error,
    "proxy: SOCKS5 connection refused: upstream.test:80",
  );
});

Deno.test("a proxy that speaks TLS is spoken to in TLS", async () => {
  const [cert = "", key = "", root = ""] = await Promise.all(
    ["server.pem", "server.key", "root.pem"].map(fixture),
  );
  await using server = upstream({ cert, key });
  await using proxy = connectProxy({ target: server.port, cert, key });
  const { socket, heard } = await openSocket({
    url: "https://chatgpt.test/",
    env: { HTTPS_PROXY: `https://127.0.0.1:${proxy.port}` },
    rootCertificates: [root],
  });
  await heard.untilMessages(1);
  socket.terminate();
  await heard.untilClosed;
  assertEquals(proxy.asked, ["chatgpt.test:443"]);
});

Deno.test("a refusal behind a proxy is the upstream's", async () => {
  await using server = rawServer(async (peer) => {
    await peer.write(
      encode("HTTP/1.1 403 x\r\ncontent-length: 2\r\n\r\nno"),
    );
    await peer.ended();
  });
  await using proxy = connectProxy({ target: server.port });
  const { handshake } = await open({
    url: "http://upstream.test/",
    env: { ALL_PROXY: `http://127.0.0.1:${proxy.port}` },
  });
  assertEquals(handshake.kind === "refused" && handshake.status, 403);
  await proxy.untilIdle();
});

Deno.test("NO_PROXY leaves a host out, and an unusable proxy is an error", async () => {
  await using server = upstream();
  await using proxy = connectProxy({ target: server.port });
  const url = `http://127.0.0.1:${server.port}/`;
  const { socket, heard } = await openSocket({
    url,
    env: {
      ALL_PROXY: `http://127.0.0.1:${proxy.port}`,
      NO_PROXY: "127.0.0.1",
    },
  });
  socket.terminate();
  await heard.untilClosed;
  assertEquals(proxy.connections(), 0);

  await assertRejects(() => open({ url, env: { ALL_PROXY: "http://[" } }));
  assertEquals(server.connections(), 1);
});
