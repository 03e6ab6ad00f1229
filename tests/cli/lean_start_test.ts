/** A start loads what it needs, and the rest comes with its first use. */
import { assert, assertEquals } from "@std/assert";
import { startSimulator } from "../../lib/simulator/simulator.ts";
import { writeAccount } from "../support/account_files.ts";
import { startCodaze } from "../support/codaze.ts";
import { CODEX_BODY, CODEX_HEADERS } from "../support/gateway.ts";
import { loadedScripts, ofNode } from "../support/loaded_scripts.ts";
import { runDeno } from "../scripts/run_deno.ts";

/** By the names of their files, in lib/ and in packages. */
const LATER = {
  "Node's layer": /^node:(?!timers$)|^ext:deno_node\/(process|crypto|zlib|fs)/,
  "what serves turns": /\/lib\/(serving|relay\/dispatch|upstream\/client)\.ts$/,
  "the websocket library": /\/ws\/|\/upstream\/socket\/handshake\.ts$/,
  "admin routes": /\/lib\/server\/admin\.ts$/,
  "chat completions": /\/lib\/downstream\/chat\//,
  "websockets of callers": /\/lib\/server\/public\/websocket\.ts$/,
  "other commands": /\/lib\/cli\/(commands|demo|doctor|login|selftest|help)/,
  "the simulator": /\/lib\/simulator\//,
} as const;

type Later = keyof typeof LATER;

function present(scripts: readonly string[]): readonly Later[] {
  return Object.entries(LATER).flatMap(([what, pattern]) =>
    scripts.some((url) => pattern.test(url)) ? [what as Later] : []
  );
}

Deno.test("a start loads neither Node's layer nor what is asked for later", async () => {
  const simulator = await startSimulator();
  const account = simulator.addAccount({ name: "a" });
  const dir = await Deno.makeTempDir({ prefix: "codaze-test-" });
  await writeAccount(dir, account, {
    access_token: account.issueAccessToken(),
  });
  const codaze = startCodaze([
    "--listen=127.0.0.1:0",
    "--admin-listen=127.0.0.1:0",
    `--accounts-dir=${dir}`,
    `--upstream=${simulator.upstream}`,
    `--auth-issuer=${simulator.issuer}`,
  ], { flags: ["--inspect=127.0.0.1:0"] });
  try {
    const inspector = await codaze.printed(/(ws:\/\/127\.0\.0\.1:\S+)/);
    const url = await codaze.printed(/public port +(\S+)/);
    const admin = await codaze.printed(/admin port +(\S+)/);
    const health = await fetch(new URL("/health", url));
    assertEquals(await health.json(), { ok: true });
    const started = await loadedScripts(inspector);
    assert(started.some((one) => one.endsWith("/lib/gateway.ts")));
    assertEquals(present(started), []);
    assertEquals(ofNode(started), []);

    // What comes later is found by the same patterns.
    await (await fetch(admin)).body?.cancel();
    assertEquals(present(await loadedScripts(inspector)), [
      "what serves turns",
      "admin routes",
    ]);

    const turn = await fetch(`${url}/responses`, {
      method: "POST",
      headers: CODEX_HEADERS,
      body: JSON.stringify(CODEX_BODY),
    });
    assert((await turn.text()).includes("response.completed"));
    assertEquals(present(await loadedScripts(inspector)), [
      "Node's layer",
      "what serves turns",
      "admin routes",
    ]);
  } finally {
    await codaze[Symbol.asyncDispose]();
    await simulator.close();
    await Deno.remove(dir, { recursive: true });
  }
});

Deno.test("before a start, Deno does not read the code of other commands", async () => {
  const { stdout } = await runDeno(["info", "--json", "main.ts"]);
  const read = filesRead(JSON.parse(stdout));
  assert(read.some((one) => one.endsWith("/lib/server/admin.ts")));
  assertEquals(
    read.filter((one) => LATER["other commands"].test(one)),
    [],
  );
  assertEquals(read.filter((one) => LATER["the simulator"].test(one)), []);
});

interface Graph {
  readonly roots: readonly string[];
  readonly modules: ReadonlyArray<{
    readonly specifier: string;
    readonly dependencies?: ReadonlyArray<{
      readonly code?: { readonly specifier?: string };
    }>;
  }>;
}

/** All that can be loaded, now or later; types are not read. */
function filesRead({ roots, modules }: Graph): readonly string[] {
  const bySpecifier = new Map(modules.map((one) => [one.specifier, one]));
  const found = new Set(roots);
  // A set that grows is walked to its end.
  for (const one of found) {
    for (const { code } of bySpecifier.get(one)?.dependencies ?? []) {
      if (code?.specifier !== undefined) found.add(code.specifier);
    }
  }
  return [...found];
}
