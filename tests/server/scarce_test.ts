/** A gateway that runs out of descriptors, because of callers who only connect. */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";
import { silenceAfter } from "../../lib/simulator/faults/faults.ts";
import { startSimulator } from "../../lib/simulator/simulator.ts";
import { writeAccount } from "../support/account_files.ts";
import { type Codaze, startCodaze } from "../support/codaze.ts";
import { CODEX_BODY, CODEX_HEADERS } from "../support/gateway.ts";

const PROGRAM = join(import.meta.dirname ?? "", "scarce_program.ts");

/** Windows counts no descriptors. */
const ignore = Deno.build.os === "windows";

/** Enough for some turns, and far fewer than a flood asks for. */
const LEFT = 40;

interface Scene extends AsyncDisposable {
  readonly codaze: Codaze;
  readonly publicOrigin: string;
  readonly account: ReturnType<
    Awaited<ReturnType<typeof startSimulator>>["addAccount"]
  >;
}

async function start(
  { firstMs, giveUpMs, left = LEFT, lookMs = 3_600_000 }: {
    readonly firstMs: number;
    readonly giveUpMs: number;
    readonly left?: number;
    readonly lookMs?: number;
  },
): Promise<Scene> {
  const simulator = await startSimulator();
  const account = simulator.addAccount({ name: "a" });
  const dir = await Deno.makeTempDir({ prefix: "codaze-test-" });
  await writeAccount(dir, account, {
    access_token: account.issueAccessToken(),
  });
  const codaze = startCodaze([
    String(left),
    String(firstMs),
    String(giveUpMs),
    String(lookMs),
    "--listen=127.0.0.1:0",
    "--admin-listen=127.0.0.1:0",
    `--accounts-dir=${dir}`,
    `--upstream=${simulator.upstream}`,
    `--auth-issuer=${simulator.issuer}`,
    "--shutdown-grace-period-seconds=0",
  ], { script: PROGRAM });
  const publicOrigin = await codaze.printed(/public port +(\S+)/);
  return {
    codaze,
    publicOrigin,
    account,
    async [Symbol.asyncDispose]() {
      await codaze[Symbol.asyncDispose]();
      await simulator.close();
      await Deno.remove(dir, { recursive: true });
    },
  };
}

/** Connections that say nothing. */
async function flood(origin: string, count = 3 * LEFT): Promise<Disposable> {
  const { hostname, port } = new URL(origin);
  const open = await Promise.all(
    Array.from(
      { length: count },
      () =>
        Deno.connect({ hostname, port: Number(port) }).catch(() => undefined),
    ),
  );
  return {
    [Symbol.dispose]: () => {
      for (const connection of open) connection?.close();
    },
  };
}

function turn({ publicOrigin }: Scene): Promise<Response> {
  return fetch(`${publicOrigin}/v1/responses`, {
    method: "POST",
    headers: CODEX_HEADERS,
    body: JSON.stringify(CODEX_BODY),
  });
}

/** As a client does: again, while nobody listens. */
async function turnAgain(scene: Scene): Promise<string> {
  for (let left = 200; left > 0; left--) {
    try {
      const answer = await turn(scene);
      const text = await answer.text();
      if (answer.status === 200) return text;
    } catch {
      // Nobody listens yet.
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return "never";
}

Deno.test({
  name:
    "a port that is lost for want of descriptors is had back, and no turn is",
  ignore,
  async fn() {
    await using scene = await start({ firstMs: 20, giveUpMs: 3_600_000 });
    scene.account.fault(silenceAfter(3, 1_000));
    const open = await turn(scene);
    {
      using _ = await flood(scene.publicOrigin);
      await scene.codaze.printed(/the public port was lost: \w/);
    }
    const text = await open.text();
    assertStringIncludes(text, "response.completed");
    assertStringIncludes(await turnAgain(scene), "response.completed");
    await scene.codaze.printed(/the public port is open again/);
    scene.codaze.kill("SIGTERM");
    const { code, stderr } = await scene.codaze.ended;
    assertEquals(code, 0, stderr);
    assert(!stderr.includes("unhandled"), stderr);
  },
});

Deno.test({
  name: "a port that cannot be reopened ends the program with 1",
  ignore,
  async fn() {
    await using scene = await start({ firstMs: 1_000, giveUpMs: 3_000 });
    using _ = await flood(scene.publicOrigin);
    await scene.codaze.printed(/the public port was lost/);
    const { hostname, port } = new URL(scene.publicOrigin);
    using _other = Deno.listen({ hostname, port: Number(port) });
    const { code, stderr } = await scene.codaze.ended;
    assertEquals(code, 1, stderr);
    assertStringIncludes(
      stderr,
      "stopping: the public port cannot be reopened: ",
    );
  },
});

Deno.test({
  name: "a flood is ended before it takes the last descriptor, and no turn is",
  ignore,
  async fn() {
    await using scene = await start({
      firstMs: 20,
      giveUpMs: 3_600_000,
      left: 300,
      lookMs: 50,
    });
    scene.account.fault(silenceAfter(3, 1_000));
    const open = await turn(scene);
    using _ = await flood(scene.publicOrigin, 260);
    await scene.codaze.printed(/trouble: descriptors are running out/);
    await scene.codaze.printed(/idle connections ended reason=descriptors/);
    assertStringIncludes(await open.text(), "response.completed");
    assertStringIncludes(await turnAgain(scene), "response.completed");
    await scene.codaze.printed(/no trouble any more: descriptors/);
    scene.codaze.kill("SIGTERM");
    const { code, stderr } = await scene.codaze.ended;
    assertEquals(code, 0, stderr);
    assert(!stderr.includes("port was lost"), stderr);
  },
});
