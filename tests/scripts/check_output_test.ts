import { assertEquals } from "@std/assert";
import { linesWithTokens } from "../../scripts/check_output.ts";
import { startSimulator } from "../../lib/simulator/simulator.ts";

Deno.test("linesWithTokens() finds each kind of token, and no other line", async () => {
  await using simulator = await startSimulator();
  const account = simulator.addAccount({ name: "a" });
  const refresh = account.currentRefreshToken();
  const access = account.issueAccessToken();
  const output = [
    "ok | 3 passed",
    `log: refused ${refresh}`,
    "rt_sim_ is the mark, and no token",
    `{"access_token":"${access}"}`,
    `cut: ${access.slice(0, 80)}`,
    `cut: ${refresh.slice(0, 20)}…`,
    "",
  ].join("\n");
  assertEquals(linesWithTokens(output), [2, 4, 5, 6]);
});
