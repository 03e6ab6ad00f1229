import { assert, assertEquals } from "@std/assert";
import { join } from "@std/path";
import { install } from "../../lib/cli/service/install.ts";
import { MANAGERS } from "../../lib/cli/service/manager.ts";
import { uninstall } from "../../lib/cli/service/uninstall.ts";
import { planIn, PLIST, treeOf, withHome } from "../support/service.ts";

const ignore = Deno.build.os === "windows";
const manager = MANAGERS.launchd;

Deno.test({
  name: "an agent of launchd is installed, updated and taken away",
  ignore,
  fn: () =>
    withHome(async (home) => {
      await Deno.mkdir(join(home, "Library/Logs"), { recursive: true });
      const before = await treeOf(home);
      const kinds: string[] = [];
      for (const secrets of [{}, {}, { KEY: "value" }]) {
        const plan = planIn(home, { secrets });
        const done = await install(plan, { manager, force: false });
        assert(done.ok);
        kinds.push(done.value.kind);
      }
      assertEquals(kinds, ["installed", "unchanged", "updated"]);
      const { mode } = await Deno.lstat(join(home, PLIST));
      assertEquals((mode ?? 0) & 0o777, 0o600);

      // As launchd does at the first start.
      const log = join(home, "Library/Logs/codaze.log");
      await Deno.writeTextFile(log, "started\n");
      const places = planIn(home).places;
      const removed = await uninstall({ manager, places, force: false });
      assertEquals(removed, { ok: true, value: [join(home, PLIST), log] });
      assertEquals(await treeOf(home), before);
    }),
});
