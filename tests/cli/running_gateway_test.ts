/** A command finds the gateway of its folder, wherever that listens. */
import { assertEquals, assertStringIncludes } from "@std/assert";
import {
  type Simulator,
  startSimulator,
} from "../../lib/simulator/simulator.ts";
import { writeAccount } from "../support/account_files.ts";
import { runCodaze, startCodaze } from "../support/codaze.ts";
import { startTestGateway } from "../support/gateway.ts";

/** As a person would: only the folder is named, no port. */
function on(
  { dir, simulator }: { readonly dir: string; readonly simulator: Simulator },
  ...args: readonly string[]
): ReturnType<typeof runCodaze> {
  return runCodaze([
    ...args,
    `--accounts-dir=${dir}`,
    `--upstream=${simulator.upstream}`,
    `--auth-issuer=${simulator.issuer}`,
  ]);
}

Deno.test("every command that talks to a gateway finds it on any port", async () => {
  await using test = await startTestGateway({ warm: true });
  const { host } = new URL(test.gateway.adminOrigin);

  const listed = await on(test, "accounts", "--json");
  assertEquals(listed.code, 0, listed.stderr);
  assertEquals(JSON.parse(listed.stdout).accounts[0].routing_state, "ready");

  const woken = await on(test, "accounts", "wake", "a");
  assertEquals([woken.code, woken.stdout.slice(0, 8)], [0, "Woken: a"]);

  const before = test.simulator.requests.length;
  const refreshed = await on(test, "accounts", "refresh", "a");
  assertEquals(refreshed.code, 0, refreshed.stderr);
  assertEquals(test.simulator.requests.length, before + 1);
  assertEquals(
    (await test.views())["a"]?.["last_refresh_at"] === null,
    false,
    "the gateway itself has refreshed",
  );

  const report = await on(test, "doctor", "--json");
  const { findings } = JSON.parse(report.stdout);
  const found = (check: string) =>
    findings.filter((one: { check: string }) => one.check === check)
      .map((one: { found: string }) => one.found);
  assertEquals(found("admin port"), [`${host}: a gateway answers`]);
  assertEquals(found("gateway").at(-1), "1 account, all can serve");
});

Deno.test("--admin-listen wins over what the folder tells", async () => {
  await using test = await startTestGateway({ warm: true });
  await using other = await startTestGateway({ accounts: ["b", "c"] });
  const { host } = new URL(other.gateway.adminOrigin);
  const { code, stderr } = await on(test, "accounts", `--admin-listen=${host}`);
  assertEquals(code, 1);
  assertStringIncludes(stderr, `The gateway on ${host} serves`);
});

Deno.test({
  name: "a gateway that was killed is not looked for any more",
  ignore: Deno.build.os === "windows",
  async fn() {
    await using simulator = await startSimulator();
    const account = simulator.addAccount({ name: "a" });
    const dir = await Deno.makeTempDir({ prefix: "codaze-test-" });
    try {
      await writeAccount(dir, account);
      await using codaze = startCodaze([
        "--listen=127.0.0.1:0",
        "--admin-listen=127.0.0.1:0",
        `--accounts-dir=${dir}`,
        `--upstream=${simulator.upstream}`,
        `--auth-issuer=${simulator.issuer}`,
      ]);
      await codaze.printed(/\d accounts? in /);
      const via = async () =>
        (await on({ dir, simulator }, "accounts", "wake", "a")).stdout;
      assertEquals(await via(), "Woken: a\n");
      codaze.kill("SIGKILL");
      await codaze.ended;
      assertStringIncludes(await via(), "no gateway runs");
    } finally {
      await Deno.remove(dir, { recursive: true });
    }
  },
});
