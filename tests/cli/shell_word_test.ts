/** Commands that a person is told to run, in whatever folders they have. */
import { assertEquals, assertStringIncludes } from "@std/assert";
import { installCommand } from "../../lib/cli/service/install_command.ts";
import type { Wish } from "../../lib/cli/service/plan.ts";
import { shellWord } from "../../lib/cli/terminal/words.ts";
import { Machine, only } from "./doctor_support.ts";

const WORDS: readonly (readonly [string, string])[] = [
  ["/home/u/.codaze", "/home/u/.codaze"],
  ["--accounts-dir=/home/u/my dir", "'--accounts-dir=/home/u/my dir'"],
  ["it's", "'it'\\''s'"],
  ["~/x", "'~/x'"],
  ["$HOME;ls", "'$HOME;ls'"],
  ["", "''"],
];

for (const [text, word] of WORDS) {
  Deno.test(`shellWord(${JSON.stringify(text)}) is ${word}`, () => {
    assertEquals(shellWord(text), word);
  });
}

Deno.test("installCommand() repeats all of a wish, and shows no secret", async () => {
  const program = Deno.execPath();
  const wish: Wish = {
    flags: ["--accounts-dir=/home/u/my dir", "--log-level=warn"],
    environment: { NO_COLOR: "1", NO_PROXY: "a, b" },
    secrets: { HTTPS_PROXY: "http://me:canary@proxy.test" },
    program,
    proxies: [],
    roots: [],
  };
  const rest =
    "--env NO_COLOR=1 --env 'NO_PROXY=a, b' --env HTTPS_PROXY '--accounts-dir=/home/u/my dir' --log-level=warn";
  assertEquals(
    await installCommand(wish),
    `codaze service install --program=${program} ${rest}`,
  );
  assertEquals(
    await installCommand({ ...wish, program: "/nowhere/codaze" }),
    `codaze service install ${rest}`,
  );
});

Deno.test({
  name: "codaze doctor quotes a folder of any name in its cures",
  ignore: Deno.build.os === "windows",
  fn: async () => {
    await using machine = await Machine.start();
    const dir = machine.path("it's mine");
    await Deno.rename(machine.dir, dir);
    await Deno.chmod(dir, 0o755);
    await Deno.chmod(`${dir}/main.json`, 0o644);
    await Deno.copyFile(`${dir}/main.json`, machine.path(".codex/auth.json"));
    const report = await machine.doctor({ args: [`--accounts-dir=${dir}`] });
    const quoted = (path: string) => `'${path.replace("'", "'\\''")}'`;
    const cure = (check: string) => only(report, check).cure ?? "";
    assertEquals(cure("accounts dir"), `chmod 700 ${quoted(dir)}`);
    assertEquals(cure("account"), `chmod 600 ${quoted(`${dir}/main.json`)}`);
    assertStringIncludes(
      cure("Codex sign-in"),
      `ln -sf ${machine.path(".codex/auth.json")} ${
        quoted(`${dir}/main.json`)
      }; or`,
    );
  },
});
