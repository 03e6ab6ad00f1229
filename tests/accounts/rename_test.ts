import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";
import { codexFile } from "../support/account_files.ts";
import { startTestGateway, type TestGateway } from "../support/gateway.ts";

async function rename(
  test: TestGateway,
  id: string,
  label: string,
): Promise<string> {
  const answer = await test.admin(`/admin/accounts/${id}/label`, {
    method: "PUT",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ label }),
  });
  const body = await answer.json();
  return `${answer.status} ${body.error?.message ?? body.account.label}`;
}

function read(test: TestGateway, file: string): Promise<string> {
  return Deno.readTextFile(join(test.dir, file));
}

Deno.test("a rename changes one member of the file, and no other byte", async () => {
  await using test = await startTestGateway();
  const path = join(test.dir, "a.json");
  const token = test.account("a").currentRefreshToken();
  const text = `{ "note" : [1,2],\n  "refresh_token":"${token}", "label":"a" }`;
  await Deno.writeTextFile(path, text);
  assertEquals(await rename(test, "a", "home, sweet"), "200 home, sweet");
  assertEquals(
    await read(test, "a.json"),
    text.replace('"label":"a"', '"label":"home, sweet"'),
  );
  // Nothing is left of the lock.
  const side = join(test.dir, ".codaze-refresh");
  assertEquals(await Array.fromAsync(Deno.readDir(side)), []);
});

Deno.test("a rename follows a link to where the file is", async () => {
  await using test = await startTestGateway();
  const other = await Deno.makeTempDir({ prefix: "codaze-test-" });
  const real = join(other, "real.json");
  await Deno.rename(join(test.dir, "a.json"), real);
  await Deno.symlink(real, join(test.dir, "a.json"));
  assertEquals(await rename(test, "a", "home"), "200 home");
  assertEquals(JSON.parse(await Deno.readTextFile(real)).label, "home");
  assert((await Deno.lstat(join(test.dir, "a.json"))).isSymlink);
  await Deno.remove(other, { recursive: true });
});

Deno.test("a file of Codex's is not renamed, and not touched", async () => {
  await using test = await startTestGateway();
  const path = join(test.dir, "a.json");
  const account = test.account("a");
  const file = codexFile({
    refreshToken: account.currentRefreshToken(),
    accessToken: account.issueAccessToken(),
    accountId: undefined,
  });
  const text = JSON.stringify(file);
  await Deno.writeTextFile(path, text);
  const said = await rename(test, "a", "home");
  assertStringIncludes(said, "409 a.json is a file of Codex's");
  assertEquals(await Deno.readTextFile(path), text);
});

Deno.test("a signed-out account is named by its next sign-in", async () => {
  await using test = await startTestGateway({ accounts: ["a", "b"] });
  test.account("a").revoke();
  await test.admin("/admin/accounts/a/refresh", {
    method: "POST",
    headers: { "content-type": "application/json" },
  }).then((answer) => answer.body?.cancel());
  const said = await rename(test, "a", "home");
  assertStringIncludes(said, "409 it is signed out");
});

Deno.test("renames among refreshes lose neither token nor label", async () => {
  await using test = await startTestGateway();
  const refresh = async () => {
    const answer = await test.admin("/admin/accounts/a/refresh", {
      method: "POST",
      headers: { "content-type": "application/json" },
    });
    await answer.body?.cancel();
    return answer.status;
  };
  for (let round = 0; round < 20; round++) {
    const [renamed, refreshed] = await Promise.all([
      rename(test, "a", `label ${round}`),
      refresh(),
    ]);
    assertEquals(refreshed, 200);
    assertEquals(renamed, `200 label ${round}`);
    const file = JSON.parse(await read(test, "a.json"));
    assertEquals(
      file.refresh_token,
      test.account("a").currentRefreshToken(),
    );
    assertEquals(file.label, `label ${round}`);
  }
  assertEquals(test.simulator.violations, []);
});
