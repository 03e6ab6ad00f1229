/**
 * A proxy of the environment, with the gateway as a process that has no more
 * permissions than `deno task start` gives: requests and websockets go through
 * it, and with the proxy down nothing goes past it.
 *
 * Loopback is no exception, so that the way to a simulated upstream is that to
 * the real one.
 */
import { assert, assertEquals } from "@std/assert";
import { fileURLToPath } from "node:url";
import {
  type Simulator,
  startSimulator,
} from "../../lib/simulator/simulator.ts";
import { writeAccount } from "../support/account_files.ts";
import { flagsOf } from "../support/codaze.ts";
import { freePort } from "../support/free_port.ts";
import { CODEX_BODY, CODEX_HEADERS } from "../support/gateway.ts";
import { connectProxy, type Proxy, socksProxy } from "../support/proxies.ts";
import { start } from "./support/child.ts";
import { Codex, e2eVariable } from "./support/codex.ts";
import { turnsOf } from "./support/secrets.ts";
import { ROOT_CERTIFICATE, TlsFront } from "./support/tls_front.ts";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));

interface Parts {
  readonly simulator: Simulator;
  readonly front: TlsFront;
  /** Origin of a gateway with these variables. */
  readonly gateway: (env: Record<string, string>) => Promise<string>;
}

/** A simulator behind TLS, one account, and a gateway process. */
async function withUpstream(
  test: (parts: Parts) => Promise<void>,
): Promise<void> {
  await using simulator = await startSimulator({ websockets: true });
  await using front = await TlsFront.before(
    Number(new URL(simulator.origin).port),
  );
  const account = simulator.addAccount({ name: "a" });
  const dir = await Deno.makeTempDir({ prefix: "codaze-e2e-" });
  await using stack = new AsyncDisposableStack();
  stack.defer(() => Deno.remove(dir, { recursive: true }));
  // Warm: with the proxy down the handshake is tried, not only a refresh.
  await writeAccount(dir, account, {
    access_token: account.issueAccessToken(),
  });
  const gateway = async (env: Record<string, string>) => {
    const port = freePort();
    const origin = `https://127.0.0.1:${front.port}`;
    const running = start({
      program: Deno.execPath(),
      args: [
        "run",
        ...flagsOf("start"),
        "main.ts",
        `--listen=127.0.0.1:${port}`,
        "--admin-listen=127.0.0.1:0",
        `--accounts-dir=${dir}`,
        `--upstream=${origin}/backend-api/codex`,
        `--auth-issuer=${origin}`,
      ],
      cwd: ROOT,
      env: {
        ...env,
        CODEX_CA_CERTIFICATE: fileURLToPath(ROOT_CERTIFICATE),
        DENO_DIR: e2eVariable("DENO_DIR"),
        // The runtime would ask for newer versions of itself, by the proxy.
        DENO_NO_UPDATE_CHECK: "1",
        NO_COLOR: "1",
      },
      timeoutMs: 60_000,
    });
    stack.defer(async () => {
      running.signal("SIGKILL");
      await running.ended;
    });
    await running.complained("admin port");
    return `http://127.0.0.1:${port}`;
  };
  await test({ simulator, front, gateway });
}

/** A turn over server-sent events. */
function turn(origin: string): Promise<Response> {
  return fetch(`${origin}/v1/responses`, {
    method: "POST",
    headers: CODEX_HEADERS,
    body: JSON.stringify(CODEX_BODY),
  });
}

const KINDS: ReadonlyArray<{
  readonly name: string;
  readonly proxy: (target: number) => Proxy;
  readonly env: (port: number) => Record<string, string>;
}> = [
  {
    name: "HTTPS_PROXY",
    proxy: (target) => connectProxy({ target }),
    env: (port) => ({ HTTPS_PROXY: `http://127.0.0.1:${port}` }),
  },
  {
    name: "ALL_PROXY=socks5h://",
    proxy: (target) => socksProxy({ target }),
    env: (port) => ({ ALL_PROXY: `socks5h://127.0.0.1:${port}` }),
  },
];

for (const { name, proxy: startProxy, env } of KINDS) {
  Deno.test(`${name}: every connection to upstream, of either kind, is the proxy's`, () =>
    withUpstream(async ({ simulator, front, gateway }) => {
      await using proxy = startProxy(front.port);
      const origin = await gateway(env(proxy.port));
      await using codex = await Codex.signedIn({ kind: "none" });

      const shown = await codex.exec({
        base: `${origin}/v1`,
        prompt: "say: through the proxy",
      });
      const answer = await turn(origin);
      const text = await answer.text();

      assertEquals([shown.code, shown.stdout], [0, "through the proxy\n"]);
      assertEquals(answer.status, 200);
      assert(text.includes("response.completed"), text);
      const [websocket] = simulator.connections;
      assertEquals([simulator.connections.length, turnsOf(simulator).length], [
        1,
        1,
      ]);
      assertEquals(websocket?.framesIn.length, 2);
      assertEquals(new Set(proxy.asked), new Set([`127.0.0.1:${front.port}`]));
      assertEquals(proxy.asked.length, front.connections);
      assert(front.connections >= 2, `${front.connections} connections`);
    }));

  Deno.test(`${name}: with the proxy down nothing reaches upstream`, () =>
    withUpstream(async ({ simulator, front, gateway }) => {
      const origin = await gateway(env(freePort()));
      await using codex = await Codex.signedIn({ kind: "none" });

      const running = codex.start({
        base: `${origin}/v1`,
        prompt: "say: never said",
      });
      const answer = await turn(origin);
      await answer.body?.cancel();
      await running.complained("Reconnecting");
      running.signal("SIGKILL");
      await running.ended;

      assert(answer.status >= 400, `status ${answer.status}`);
      assertEquals(front.connections, 0);
      assertEquals(simulator.requests, []);
    }));
}
