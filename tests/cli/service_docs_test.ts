/** The templates in docs/ are what `codaze service print` prints. */
import { assertEquals } from "@std/assert";
import { runService } from "../support/service.ts";

const TEMPLATES = [
  { file: "codaze.service", manager: "systemd", home: "/home/you" },
  { file: "dev.codaze.gateway.plist", manager: "launchd", home: "/Users/you" },
];

for (const { file, manager, home } of TEMPLATES) {
  Deno.test({
    name: `docs/${file} is what service print --${manager} prints`,
    // Paths of another kind.
    ignore: Deno.build.os === "windows",
    async fn() {
      const program = `--program=${home}/.local/bin/codaze`;
      const args = ["print", `--${manager}`, program];
      const { code, stdout, stderr } = await runService(home, args);
      assertEquals([code, stderr], [0, ""]);
      const template = new URL(`../../docs/${file}`, import.meta.url);
      assertEquals(stdout, await Deno.readTextFile(template));
    },
  });
}
