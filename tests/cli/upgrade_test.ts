import { assertEquals } from "@std/assert";
import { type Running, upgradeCommand } from "../../lib/cli/upgrade.ts";

const CASES: ReadonlyArray<readonly [running: Running, command: string]> = [
  [
    { executable: "/home/me/.local/bin/codaze" },
    "sh install.sh --to /home/me/.local/bin",
  ],
  [{ executable: "/my apps/codaze" }, "sh install.sh --to '/my apps'"],
  [{ main: "/home/me/codaze/main.ts" }, "git -C /home/me/codaze pull"],
  [{
    main: "/usr/lib/node_modules/codaze/program/main.ts",
  }, "npm install -g codaze@latest"],
  [{
    main: "/home/me/.npm/_npx/1f/node_modules/codaze/program/main.ts",
  }, "npx codaze@latest"],
  [{
    main: "C:\\npm\\node_modules\\codaze\\program\\main.ts",
  }, "npm install -g codaze@latest"],
];

for (const [running, command] of CASES) {
  Deno.test(`${Object.values(running)} is upgraded by ${command}`, () => {
    assertEquals(upgradeCommand(running), command);
  });
}
