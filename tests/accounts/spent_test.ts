/** Tokens that were used up, by a process that is over: never sent again. */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";
import {
  JOURNAL_FOLDER,
  journalPath,
} from "../../lib/accounts/refresh/journal.ts";
import { look } from "../../lib/accounts/sync/look.ts";
import {
  isSpent,
  isSpentName,
  noteSpent,
} from "../../lib/accounts/refresh/spent.ts";
import { tokenHash } from "../../lib/accounts/files/digest.ts";
import {
  restartGateway,
  startTestGateway,
  type TestGateway,
} from "../support/gateway.ts";
import { granting, grants } from "../support/grants.ts";
import { sideFiles } from "../support/one_login.ts";
import { NOW, registryOf } from "../support/accounts.ts";

const TOLD = "was used before";

const LAYOUTS = ["plain", "codex", "linked"] as const;

interface Snapshot {
  readonly token: string;
  /** Puts the file back as it was before its token was used. */
  readonly putBack: (more?: Record<string, unknown>) => Promise<void>;
}

/** An account in one of the layouts, with its token not used so far. */
async function snapshot(
  test: TestGateway,
  layout: (typeof LAYOUTS)[number],
  codexHome: string,
): Promise<Snapshot> {
  const token = test.account("a").currentRefreshToken();
  const own = join(test.dir, "a.json");
  const file = layout === "linked" ? join(codexHome, "auth.json") : own;
  const putBack = async (more: Record<string, unknown> = {}) => {
    const tokens = { refresh_token: token, ...more };
    const object = layout === "plain" ? tokens : { tokens };
    await Deno.writeTextFile(file, JSON.stringify({ label: "a", ...object }));
  };
  await putBack();
  if (layout === "linked") {
    await Deno.remove(own);
    await Deno.symlink(file, own);
  }
  return { token, putBack };
}

async function served(test: TestGateway): Promise<boolean> {
  const response = await test.turn();
  const text = await response.text();
  return response.ok && text.includes("response.completed");
}

for (const layout of LAYOUTS) {
  Deno.test(`a token (${layout}) put back while no gateway ran is told of, and not sent`, async () => {
    const codexHome = await Deno.makeTempDir({ prefix: "codaze-test-" });
    try {
      await using test = await startTestGateway({ accounts: ["a"] });
      const { putBack } = await snapshot(test, layout, codexHome);
      assert(await served(test));
      await test.gateway.stop(0);
      await putBack();

      await using again = await restartGateway(test);
      const line = again.log.find(({ message }) => message.includes(TOLD));
      assertEquals([line?.level, line?.fields["account"]], ["warn", "a"]);
      assert(!await served(again));
      const { a } = await again.views();
      assertEquals(a?.["routing_state"], "auth_invalid");
      assertStringIncludes(String(a?.["last_error"]), TOLD);
      assertEquals(grants(test), 1);
      assertEquals(test.simulator.violations, []);
      assert(!test.account("a").familyRevoked);
      // Nobody has judged this file, so it stays where it was put.
      assert(await Deno.stat(join(test.dir, "a.json")));
    } finally {
      await Deno.remove(codexHome, { recursive: true });
    }
  });
}

Deno.test("a copy in the place of a link is known as well", async () => {
  const codexHome = await Deno.makeTempDir({ prefix: "codaze-test-" });
  try {
    await using test = await startTestGateway({ accounts: ["a"] });
    const { token } = await snapshot(test, "linked", codexHome);
    assert(await served(test));
    await test.gateway.stop(0);
    await Deno.remove(join(test.dir, "a.json"));
    const text = JSON.stringify({ tokens: { refresh_token: token } });
    await Deno.writeTextFile(join(test.dir, "a.json"), text);
    await using again = await restartGateway(test);
    assert(!await served(again));
    assertEquals(grants(test), 1);
  } finally {
    await Deno.remove(codexHome, { recursive: true });
  }
});

Deno.test("the newer file brings an account back whose token was used before", async () => {
  await using test = await startTestGateway({ accounts: ["a"] });
  const path = join(test.dir, "a.json");
  const { putBack } = await snapshot(test, "plain", "");
  assert(await served(test));
  await test.gateway.stop(0);
  const newer = await Deno.readTextFile(path);
  await putBack();

  await using again = await restartGateway(test);
  assert(!await served(again));
  await Deno.writeTextFile(path, newer);
  while (again.gateway.registry.get("a")?.isInvalid) {
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  assert(await served(again));
  assertEquals(test.simulator.violations, []);
});

Deno.test("an access token beside a used refresh token serves to its end", async () => {
  await using test = await startTestGateway({ accounts: ["a"] });
  const { putBack } = await snapshot(test, "plain", "");
  assert(await served(test));
  await test.gateway.stop(0);
  await putBack({ access_token: test.account("a").issueAccessToken() });

  await using again = await restartGateway(test);
  assert(await served(again));
  assertStringIncludes(
    String((await again.views())["a"]?.["last_error"]),
    TOLD,
  );
  test.account("a").expireAccessTokens();
  assert(!await served(again));
  assertEquals((await again.views())["a"]?.["routing_state"], "auth_invalid");
  assertEquals(grants(test), 1);
});

Deno.test("a used token is not imported, by whichever name it comes", async () => {
  await using test = await startTestGateway({ accounts: ["a"] });
  const { token } = await snapshot(test, "plain", "");
  assert(await served(test));
  await test.admin("/admin/accounts/a", {
    method: "DELETE",
    headers: { "content-type": "application/json" },
  });
  await using again = await restartGateway(test);
  const refused = await again.admin("/admin/accounts/import", {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ refresh_token: token }),
  });
  assertEquals(refused.status, 409);
  const { error } = await refused.json();
  assertStringIncludes(error.message, "used before");
  assertEquals(await again.views(), {});
  assertEquals(again.gateway.registry.invalidFiles, []);
});

Deno.test("a used token that is dropped under another name is told of at once", async () => {
  await using test = await startTestGateway({ accounts: ["a"] });
  const { token } = await snapshot(test, "plain", "");
  assert(await served(test));
  await test.gateway.stop(0);
  await Deno.remove(join(test.dir, "a.json"));
  await using again = await restartGateway(test);
  const text = JSON.stringify({ refresh_token: token });
  await Deno.writeTextFile(join(test.dir, "other.json"), text);
  while ((await again.views())["other"]?.["routing_state"] !== "auth_invalid") {
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  assertEquals(grants(test), 1);
});

Deno.test("a token that was not rotated is not used up", async () => {
  await using test = await startTestGateway({
    accounts: ["a"],
    runtime: {
      fetch: granting(({ access_token = "" }) => ({ access_token })),
    },
  });
  const { token } = await snapshot(test, "plain", "");
  await served(test);
  assert(!await isSpent(test.dir, token));
  assertEquals(await sideFiles(test.dir), []);
});

Deno.test("a new refresh token that nobody can keep leaves the access token, and is told", async () => {
  await using test = await startTestGateway({
    accounts: ["a"],
    runtime: {
      fetch: granting((tokens) => ({ ...tokens, refresh_token: "rt_\u00e9" })),
    },
  });
  assert(await served(test));
  const { a } = await test.views();
  assertStringIncludes(String(a?.["last_error"]), "unusable refresh token");
  test.account("a").expireAccessTokens();
  assert(!await served(test));
  assertEquals((await test.views())["a"]?.["routing_state"], "auth_invalid");
  assertEquals(grants(test), 1);
  assertEquals(test.simulator.violations, []);
});

Deno.test("notes of used tokens are bounded, and the oldest go first", async () => {
  const dir = await Deno.makeTempDir({ prefix: "codaze-test-" });
  try {
    const folder = join(dir, JOURNAL_FOLDER);
    await Deno.mkdir(folder);
    const pathOf = (n: number) => journalPath(dir, tokenHash(`rt_${n}`));
    for (let n = 0; n < 2000; n++) {
      await Deno.writeTextFile(`${pathOf(n)}.spent`, "");
      await Deno.utime(`${pathOf(n)}.spent`, n, n);
    }
    assert((await noteSpent(pathOf(2000))).ok);
    const names = await Array.fromAsync(Deno.readDir(folder));
    assert(names.every(({ name }) => isSpentName(name)));
    assertEquals(names.length, 1800);
    const known = [0, 200, 201, 2000].map((n) => isSpent(dir, `rt_${n}`));
    assertEquals(await Promise.all(known), [false, false, true, true]);
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
});

Deno.test("a look at the folder, without a gateway, tells of a used token", async () => {
  const dir = await Deno.makeTempDir({ prefix: "codaze-test-" });
  try {
    const text = JSON.stringify({ refresh_token: "rt_a" });
    await Deno.writeTextFile(join(dir, "a.json"), text);
    assert((await noteSpent(journalPath(dir, tokenHash("rt_a")))).ok);
    const registry = registryOf([]);
    assert((await look({ dir, registry, now: NOW })).ok);
    const account = registry.get("a");
    assertEquals(account?.isInvalid, true);
    assertStringIncludes(account?.history.lastError ?? "", TOLD);
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
});
