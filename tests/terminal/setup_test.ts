/** What is typed: `codaze login`, `codaze setup`, questions and answers. */
import { join } from "@std/path";
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import {
  type Simulator,
  startSimulator,
} from "../../lib/simulator/simulator.ts";
import { startTestGateway } from "../support/gateway.ts";
import { codazeWords, environmentIn } from "./support/codaze_words.ts";
import { Terminal, TMUX } from "./support/terminal.ts";

const ignore = TMUX === undefined;

async function withHome(use: (home: string) => Promise<void>): Promise<void> {
  const home = await Deno.makeTempDir({ prefix: "codaze-test-" });
  try {
    await use(home);
  } finally {
    await Deno.remove(home, { recursive: true });
  }
}

/** Signs in as the browser would; returns where the browser ends. */
async function callbackOf(
  terminal: Terminal,
  simulator: Simulator,
): Promise<string> {
  const url = await terminal.shows(/^ +(http\S+\/authorize\S+)$/m);
  const back = new URL(new URL(url).searchParams.get("redirect_uri") ?? "");
  simulator.signIn.callbackPorts = [Number(back.port)];
  const page = await fetch(url, { redirect: "manual" });
  await page.body?.cancel();
  return page.headers.get("location") ?? "";
}

Deno.test({
  name: "login takes the address of the callback that is pasted",
  ignore,
  fn: async () => {
    await using simulator = await startSimulator();
    simulator.signIn.approveAs(simulator.addAccount({ name: "ada" }));
    await withHome(async (home) => {
      await using terminal = await Terminal.open(
        codazeWords("login", `--auth-issuer=${simulator.issuer}`),
        { env: environmentIn(home) },
      );
      const callback = await callbackOf(terminal, simulator);
      await terminal.type("what?");
      await terminal.shows(/That is not the address at which this sign-in/);
      await terminal.type(callback);
      await terminal.shows(/Signed in as ada@example\.test/);
      await terminal.shows(/Next: codaze starts the gateway, codaze connect/);
    });
  },
});

Deno.test({
  name: "setup goes from nothing to the first answer",
  ignore,
  fn: async () => {
    await using test = await startTestGateway({ accounts: [] });
    const { dir, gateway, simulator } = test;
    simulator.signIn.approveAs(simulator.addAccount({ name: "ada" }));
    await withHome(async (home) => {
      await Deno.mkdir(join(home, ".codex"));
      const config = join(home, ".codex", "config.toml");
      await Deno.writeTextFile(config, 'model = "x"\n');
      const flags = [
        `--accounts-dir=${dir}`,
        `--auth-issuer=${simulator.issuer}`,
      ];
      await using terminal = await Terminal.open(
        codazeWords("setup", ...flags),
        { env: environmentIn(home), rows: 60 },
      );
      await terminal.shows(/Sign in now\? \[Y\/n\]/);
      await terminal.type("y");
      await terminal.shows(/What do you call it/);
      await terminal.type("main");
      const back = await callbackOf(terminal, simulator);
      await (await fetch(back)).body?.cancel();
      await terminal.shows(/account main saved with the gateway/);
      await terminal.shows(/Your accounts: main\./);
      // The line that the sign-in would have taken is not lost.
      await terminal.type("n");
      await terminal.shows(/2\. The gateway\nIt runs already/);
      await terminal.shows(/show the pool, too\? \[y\/N\]/);
      await terminal.type("y");
      await terminal.shows(/Write it\? \[Y\/n\]/);
      await terminal.type("");
      await terminal.shows(/Send one small turn\?/);
      await terminal.type("");
      await terminal.shows(/answered in [\d.]+ s: /);
      await terminal.shows(/To undo it: codaze disconnect/);

      const written = await Deno.readTextFile(config);
      assertStringIncludes(written, `"${gateway.publicOrigin}/v1"`);
      assertStringIncludes(written, `"${gateway.publicOrigin}/backend-api"`);
      assert(written.endsWith('\nmodel = "x"\n'), written);
    });
    assertEquals(simulator.violations, []);
  },
});

Deno.test({
  name: "Ctrl-C at a question of setup ends it, and changes nothing",
  ignore,
  fn: async () => {
    await withHome(async (home) => {
      await using terminal = await Terminal.open(
        codazeWords(
          "setup",
          "--listen=127.0.0.1:0",
          "--admin-listen=127.0.0.1:0",
        ),
        { env: environmentIn(home) },
      );
      await terminal.shows(/Sign in now\?/);
      await terminal.key("C-c");
      await terminal.type("echo ended $?");
      await terminal.shows(/ended 130$/m);
      const there = await Deno.stat(join(home, ".codex")).catch(() => null);
      assertEquals(there, null);
    });
  },
});
