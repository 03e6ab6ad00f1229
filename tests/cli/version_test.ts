import { assertEquals } from "@std/assert";
import denoJson from "../../deno.json" with { type: "json" };
import { versionLine } from "../../lib/cli/process/version.ts";
import { withCommit } from "../../scripts/compile/stage.ts";

const BUILD = new URL("../../lib/cli/process/build.ts", import.meta.url);

Deno.test("versionLine() names the commit of an executable, and none of a checkout", () => {
  const { version } = denoJson;
  assertEquals(versionLine("abc1234"), `codaze ${version} (abc1234)`);
  assertEquals(
    versionLine("abc1234-dirty"),
    `codaze ${version} (abc1234-dirty)`,
  );
  assertEquals(versionLine(), `codaze ${version}`);
});

Deno.test("withCommit() writes the commit into lib/cli/process/build.ts, and nothing else", async () => {
  const text = await Deno.readTextFile(BUILD);
  const dir = await Deno.makeTempDir({ prefix: "codaze-test-" });
  try {
    const path = `${dir}/build.ts`;
    await Deno.writeTextFile(path, withCommit(text, "abc1234"));
    const { COMMIT } = await import(`file://${path}`);
    assertEquals(COMMIT, "abc1234");
    assertEquals(withCommit(text, undefined), text);
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
});
