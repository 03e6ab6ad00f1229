/** `codaze connect` and `disconnect` as processes, on files of every kind. */
import { join } from "@std/path";
import { assertEquals, assertStringIncludes } from "@std/assert";
import { type Ended, runCodaze } from "../../support/codaze.ts";
import { startTestGateway } from "../../support/gateway.ts";

const LINE = 'openai_base_url = "http://127.0.0.1:18039/v1"';

interface Home {
  readonly dir: string;
  readonly config: string;
  readonly run: (...args: readonly string[]) => Promise<Ended>;
  readonly text: () => Promise<string>;
}

async function withHome(use: (home: Home) => Promise<void>): Promise<void> {
  const dir = await Deno.makeTempDir({ prefix: "codaze-test-" });
  const config = join(dir, ".codex", "config.toml");
  const env = { HOME: dir, USERPROFILE: dir, CODEX_HOME: "" };
  try {
    await use({
      dir,
      config,
      run: (...args) => runCodaze(args, { env }),
      text: () => Deno.readTextFile(config),
    });
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
}

/** Makes the folder and the file. */
async function write({ config, dir }: Home, text: string): Promise<void> {
  await Deno.mkdir(join(dir, ".codex"));
  await Deno.writeTextFile(config, text);
}

Deno.test("connect makes the file, and disconnect takes it away", async () => {
  await withHome(async (home) => {
    const made = await home.run("connect", "--yes");
    assertEquals([made.code, made.stderr], [0, ""]);
    for (
      const text of [
        `${home.config}\n+ ${LINE}`,
        "codaze disconnect undoes it",
        "codex login --with-api-key",
        "No gateway runs yet",
      ]
    ) assertStringIncludes(made.stdout, text);
    assertStringIncludes(await home.text(), LINE);

    const again = await home.run("connect");
    assertStringIncludes(again.stdout, "Codex already goes through Codaze");
    const gone = await home.run("disconnect", "--yes");
    assertEquals([gone.code, gone.stderr], [0, ""]);
    assertEquals(
      await Deno.stat(home.config).catch((error) => error.name),
      "NotFound",
    );
    const none = await home.run("disconnect");
    assertStringIncludes(none.stdout, "There is no line of codaze connect");
  });
});

Deno.test("without a terminal and --yes nothing is written", async () => {
  await withHome(async (home) => {
    await write(home, 'model = "x"\n');
    const asked = await home.run("connect");
    assertEquals(asked.code, 1);
    assertStringIncludes(asked.stderr, "nobody can be asked here; pass --yes");
    assertEquals(await home.text(), 'model = "x"\n');
  });
});

Deno.test("connect finds the gateway that runs on the accounts folder", async () => {
  await using test = await startTestGateway({ accounts: ["a"] });
  await withHome(async (home) => {
    const flags = [`--accounts-dir=${test.dir}`, "--yes"];
    const made = await home.run("connect", "--status", ...flags);
    assertEquals(made.code, 0, made.stderr);
    const { publicOrigin } = test.gateway;
    const text = await home.text();
    assertStringIncludes(text, `openai_base_url = "${publicOrigin}/v1"`);
    const pages = `chatgpt_base_url = "${publicOrigin}/backend-api"`;
    assertStringIncludes(text, pages);
    assertEquals(made.stdout.includes("No gateway runs"), false);
    // Without --status, the second line follows to the other address, too.
    await home.run("connect", "--listen=127.0.0.1:9", "--yes");
    const moved = 'chatgpt_base_url = "http://127.0.0.1:9/backend-api"';
    assertStringIncludes(await home.text(), moved);
  });
});

Deno.test({
  name: "a link stays a link, and the file keeps its mode",
  ignore: Deno.build.os === "windows",
  fn: async () => {
    await withHome(async (home) => {
      const { dir, config } = home;
      const target = join(dir, "dotfiles.toml");
      await Deno.writeTextFile(target, 'model = "x"\n', { mode: 0o640 });
      await Deno.chmod(target, 0o640);
      await Deno.mkdir(join(dir, ".codex"));
      await Deno.symlink(target, config);
      for (const command of ["connect", "disconnect"]) {
        assertEquals((await home.run(command, "--yes")).code, 0);
        assertEquals((await Deno.lstat(config)).isSymlink, true);
        assertEquals(((await Deno.stat(target)).mode ?? 0) & 0o777, 0o640);
      }
      assertEquals(await Deno.readTextFile(target), 'model = "x"\n');
    });
  },
});

type Spoil = (home: Home) => Promise<void>;

/** What connect refuses, and how it says so. */
const REFUSED: Readonly<Record<string, readonly [spoil: Spoil, says: string]>> =
  {
    "a read-only file": [async (home) => {
      await write(home, "");
      await Deno.chmod(home.config, 0o444);
    }, "it is read-only"],
    "a link without a target": [async ({ dir, config }) => {
      await Deno.mkdir(join(dir, ".codex"));
      await Deno.symlink(join(dir, "nowhere"), config);
    }, "the target of the link is missing"],
    "a folder": [async ({ config }) => {
      await Deno.mkdir(config, { recursive: true });
    }, "it is not a file"],
    "what is not UTF-8": [async (home) => {
      await write(home, "");
      await Deno.writeFile(home.config, new Uint8Array([0x22, 0xff, 0x22]));
    }, "it is not UTF-8 text"],
    "no TOML": [(home) => write(home, "model =\n"), "it is not TOML near line"],
    "another provider": [
      (home) => write(home, 'model_provider = "azure"\n'),
      'it has Codex use the provider "azure": set base_url = "http',
    ],
    "a profile with its own base URL": [
      (home) =>
        write(
          home,
          'profile = "a"\n[profiles.a]\nopenai_base_url = "https://x"\n',
        ),
      "its profile sets another openai_base_url: change it there",
    ],
    "account pages of another gateway": [
      (home) => write(home, 'chatgpt_base_url = "http://127.0.0.1:1/x"\n'),
      "its chatgpt_base_url leads somewhere else",
    ],
  };

for (const [name, [spoil, says]] of Object.entries(REFUSED)) {
  Deno.test({
    name: `connect refuses ${name}, and changes nothing`,
    ignore: Deno.build.os === "windows",
    fn: async () => {
      await withHome(async (home) => {
        await spoil(home);
        const before = await Deno.readFile(home.config).catch(() => undefined);
        const { code, stderr } = await home.run("connect", "--yes");
        assertEquals(code, 1, stderr);
        assertStringIncludes(stderr, `Cannot edit ${home.config}: ${says}`);
        const after = await Deno.readFile(home.config).catch(() => undefined);
        assertEquals(after, before);
      });
    },
  });
}
