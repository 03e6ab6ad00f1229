import { assertEquals, assertStringIncludes } from "@std/assert";
import { keepLogin } from "../../lib/cli/login/keep_login.ts";
import { configOf, testRuntime } from "./pool_support.ts";

Deno.test("keepLogin() repeats no control character and no novel of a gateway", async () => {
  const dir = await Deno.makeTempDir({ prefix: "codaze-test-" });
  const message = `no \x1b[2J${"room ".repeat(1_000)}`;
  const server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen() {} },
    ({ method }) =>
      method === "GET"
        ? Response.json({ accounts: [], invalid_files: [], accounts_dir: dir })
        : Response.json({ error: { message } }, { status: 507 }),
  );
  try {
    const config = configOf([
      `--accounts-dir=${dir}`,
      `--admin-listen=127.0.0.1:${server.addr.port}`,
    ]);
    const kept = await keepLogin(
      { config, runtime: testRuntime() },
      { refreshToken: "rt_of-a-sign-in" },
    );
    const said = kept.ok ? kept.value : "";
    assertStringIncludes(said, " (no \\u{1b}[2Jroom room ");
    assertEquals(said.length < 500, true, said);
  } finally {
    await server.shutdown();
    await Deno.remove(dir, { recursive: true });
  }
});
