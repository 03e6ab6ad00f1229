/** The unit, read by systemd itself where it is there. */
import { assertEquals } from "@std/assert";
import { exists } from "@std/fs";
import { join } from "@std/path";
import { runService, UNIT, withHome } from "../support/service.ts";

const VERIFY = "systemd-analyze";
const isThere = Deno.build.os === "linux" &&
  await exists(`/usr/bin/${VERIFY}`);

/** Settings that older versions do not know, and say so. */
const NEWER = /Unknown key '(RestartSteps|RestartMaxDelaySec)'/;

for (const program of [[], ["--program=/bin/true"]]) {
  Deno.test({
    name: `systemd finds no fault with the unit of ${
      program.length === 0 ? "a checkout" : "an executable"
    }`,
    ignore: !isThere,
    fn: () =>
      withHome(async (home) => {
        const proxy = "--env=HTTPS_PROXY=http://me:pa$s@p.example:3128";
        const install = ["install", proxy, "--listen=[::1]:5", ...program];
        const ended = await runService(home, install);
        assertEquals(ended.code, 0, ended.stderr);
        const { stderr } = await new Deno.Command(VERIFY, {
          args: ["--user", "verify", join(home, UNIT)],
          env: { HOME: home, XDG_RUNTIME_DIR: home },
          stdout: "null",
          stderr: "piped",
        }).output();
        const said = new TextDecoder().decode(stderr).split("\n")
          .filter((line) => line !== "" && !NEWER.test(line));
        // Of others' units it may have more to say.
        const ours = said.filter((line) => line.includes("codaze"));
        assertEquals(ours, []);
      }),
  });
}
