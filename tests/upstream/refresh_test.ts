/** How a refresh token is spent, step by step, and what each step leaves. */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";
import {
  JOURNAL_FOLDER,
  JournalEntry,
  journalPath,
} from "../../lib/accounts/refresh/journal.ts";
import { isSpentName } from "../../lib/accounts/refresh/spent.ts";
import { tokenHash } from "../../lib/accounts/files/digest.ts";
import type { OutgoingRequest } from "../../lib/runtime.ts";
import type { Fault } from "../../lib/simulator/faults/faults.ts";
import * as refusals from "../../lib/simulator/faults/refusals.ts";
import * as tokenFaults from "../../lib/simulator/faults/token_faults.ts";
import { completed } from "../support/answers.ts";
import {
  restartGateway,
  startTestGateway,
  type TestGateway,
} from "../support/gateway.ts";
import { grants } from "../support/grants.ts";
import { until } from "../support/load.ts";
import { assertQuiet } from "../support/quiet.ts";
import { after, system } from "../support/system.ts";

const isGrant = ({ url }: OutgoingRequest) => url.pathname === "/oauth/token";

/** Does something while each grant is on its way. */
function atGrant(act: () => Promise<void>) {
  return async (request: OutgoingRequest) => {
    if (isGrant(request)) await act();
    return await system.fetch(request);
  };
}

async function sideFiles(dir: string): Promise<readonly string[]> {
  const names: string[] = [];
  for await (const { name } of Deno.readDir(join(dir, JOURNAL_FOLDER))) {
    if (isSpentName(name)) continue;
    names.push(await Deno.readTextFile(join(dir, JOURNAL_FOLDER, name)));
  }
  return names;
}

async function fileOf({ dir }: { readonly dir: string }, name: string) {
  return JSON.parse(await Deno.readTextFile(join(dir, name)));
}

Deno.test("a grant is sent once, even when its warm connection breaks", async () => {
  await using test = await startTestGateway({ accounts: ["a"] });
  const account = test.account("a");
  await completed(await test.turn());
  account.expireAccessTokens();
  account.fault(tokenFaults.refreshAnswerLost());
  await (await test.turn()).body?.cancel();
  assertEquals(grants(test), 2);
  assertEquals(test.simulator.violations, []);
  assert(!account.familyRevoked);
});

Deno.test("the intent is on disk while the token is under way, not after", async () => {
  const during: string[] = [];
  let dir = "";
  await using test = await startTestGateway({
    accounts: ["a"],
    runtime: {
      fetch: atGrant(async () => {
        during.push(...await sideFiles(dir));
      }),
    },
  });
  dir = test.dir;
  const token = test.account("a").currentRefreshToken();
  await completed(await test.turn());
  assertEquals(during.length, 1);
  const [intent = ""] = during[0]?.split("\n") ?? [];
  assertEquals(JSON.parse(intent).tries, 1);
  assert(!during[0]?.includes(token));
  assertEquals(await sideFiles(dir), []);
  await assertQuiet(test);
});

/** Outcomes of a grant, and whether a note of it stays. */
const OUTCOMES: ReadonlyArray<[what: string, fault: Fault, stays: boolean]> = [
  ["429", tokenFaults.refreshRateLimited(), false],
  ["403", tokenFaults.refreshForbidden(), false],
  ["500", tokenFaults.refreshServerError(), true],
  ["502", refusals.refusal(502, "<html>"), true],
  ["200 that is a page", refusals.refusal(200, "<html>"), true],
  ["a reset", { kind: "reset" }, true],
  ["a lost answer", tokenFaults.refreshAnswerLost(), true],
  ["no rotation", tokenFaults.refreshWithoutRotation(), false],
  ["an odd access token", tokenFaults.undecodableAccessToken(), false],
];

for (const [what, fault, stays] of OUTCOMES) {
  Deno.test(`${what}: the note of the refresh ${stays ? "stays" : "goes"}`, async () => {
    await using test = await startTestGateway({ accounts: ["a"] });
    test.account("a").faultAt("token", fault);
    await (await test.turn()).body?.cancel();
    assertEquals((await sideFiles(test.dir)).length, stays ? 1 : 0);
  });
}

Deno.test("an unclear refresh that spent nothing is made up for", async () => {
  await using test = await startTestGateway({ accounts: ["a"] });
  test.account("a").faultAt("token", { kind: "reset" });
  await (await test.turn()).body?.cancel();
  test.gateway.registry.wake("a");
  await completed(await test.turn());
  assertEquals(await sideFiles(test.dir), []);
  await assertQuiet(test);
});

Deno.test("a lost answer is tried once more, then told by name", async () => {
  await using test = await startTestGateway({ accounts: ["a"] });
  const account = test.account("a");
  account.fault(tokenFaults.refreshAnswerLost());
  await (await test.turn()).body?.cancel();
  test.gateway.registry.wake("a");
  await (await test.turn()).body?.cancel();

  assertEquals(grants(test), 2);
  const view = (await test.views())["a"];
  assertEquals(view?.["routing_state"], "auth_invalid");
  const told = String(view?.["last_error"]);
  assertStringIncludes(told, "answer to an earlier refresh was lost");
  assertStringIncludes(told, "sign in again");
  const { codaze_reason } = await fileOf(test, "trash/a.json");
  assertStringIncludes(codaze_reason, "was lost");
  assertEquals(await sideFiles(test.dir), []);
});

for (
  const [what, fault] of [
    ["429", tokenFaults.refreshRateLimited()],
    ["403", tokenFaults.refreshForbidden()],
  ] as const
) {
  Deno.test(`a ${what} tells nothing of an answer that was lost before it`, async () => {
    await using test = await startTestGateway({ accounts: ["a"] });
    const account = test.account("a");
    account.fault(tokenFaults.refreshAnswerLost());
    await (await test.turn()).body?.cancel();
    test.gateway.registry.wake("a");
    account.faultAt("token", fault);
    await (await test.turn()).body?.cancel();
    assertEquals((await sideFiles(test.dir)).length, 1);

    test.gateway.registry.wake("a");
    await (await test.turn()).body?.cancel();
    assertEquals(grants(test), 3);
    assertStringIncludes(
      String((await test.views())["a"]?.["last_error"]),
      "answer to an earlier refresh was lost",
    );
  });
}

Deno.test("a turn goes on with the newer token that the file of a dead one has", async () => {
  let act = () => Promise.resolve();
  await using test = await startTestGateway({
    accounts: ["a"],
    runtime: { fetch: atGrant(() => act()) },
  });
  const account = test.account("a");
  const dead = account.currentRefreshToken();
  account.expireRefreshToken();
  // Somebody signs in again while the dead token is on its way.
  act = async () => {
    act = () => Promise.resolve();
    const fresh = account.signIn();
    assert(fresh !== dead);
    const text = JSON.stringify({ refresh_token: fresh, label: "a" });
    await Deno.writeTextFile(join(test.dir, "a.json"), text);
  };
  await completed(await test.turn());
  assertEquals(grants(test), 2);
  assertEquals((await test.views())["a"]?.["routing_state"], "ready");
});

Deno.test("after a crash the interrupted refresh is told by name", async () => {
  await using test = await startTestGateway({ accounts: ["a", "b"] });
  test.account("a").faultAt("token", { kind: "reset" });
  await (await test.turn()).body?.cancel();

  await using again = await restartGateway(test);
  const { a, b } = await again.views();
  assertStringIncludes(String(a?.["last_error"]), "refresh was interrupted");
  assertEquals(b?.["last_error"], null);
  assertEquals(a?.["routing_state"], "cold");
  const line = again.log.find(({ message }) =>
    message.includes("refresh was interrupted")
  );
  assertEquals([line?.level, line?.fields["account"]], ["warn", "a"]);
});

Deno.test("a token is not spent if the refresh cannot be noted on disk", async () => {
  await using test = await startTestGateway({
    accounts: ["a", "b"],
    flags: ["--routing-policy=fill_first"],
  });
  const blocker = join(test.dir, JOURNAL_FOLDER);
  await Deno.writeTextFile(blocker, "");
  const turn = await test.turn();
  assert(turn.status !== 200);
  await turn.body?.cancel();
  assertEquals(grants(test), 0);
  const { a } = await test.views();
  assertStringIncludes(String(a?.["last_error"]), "it cannot be noted on disk");

  await Deno.remove(blocker);
  for (const id of ["a", "b"]) test.gateway.registry.wake(id);
  await completed(await test.turn());
  await assertQuiet(test);
});

Deno.test("a token is not spent whose file has just been deleted", async () => {
  let dir = "";
  await using test = await startTestGateway({
    accounts: ["a"],
    warm: true,
    runtime: {
      // The file goes while the turn waits for the 401 of its access token.
      fetch: async (request) => {
        const response = await system.fetch(request);
        await Deno.remove(join(dir, "a.json")).catch(() => {});
        return response;
      },
    },
  });
  dir = test.dir;
  test.account("a").expireAccessTokens();
  await (await test.turn()).body?.cancel();
  assertEquals(grants(test), 0);
  await assertQuiet(test);
});

/** The account file makes way for a folder while the grant is under way. */
async function refusingGateway(): Promise<TestGateway> {
  let path = "";
  const test = await startTestGateway({
    accounts: ["a"],
    runtime: {
      fetch: atGrant(async () => {
        await Deno.rename(path, `${path}.away`);
        await Deno.mkdir(path);
      }),
    },
  });
  path = join(test.dir, "a.json");
  return test;
}

Deno.test("tokens that the account file does not take survive a crash", async () => {
  await using test = await refusingGateway();
  const { dir } = test;
  const path = join(dir, "a.json");
  await completed(await test.turn());
  const rotated = test.account("a").currentRefreshToken();
  assertEquals((await test.views())["a"]?.["persist_pending"], true);
  assertStringIncludes((await sideFiles(dir))[0] ?? "", rotated);

  // As after a crash: the file is what it was, nothing is in memory.
  const copy = await Deno.makeTempDir({ prefix: "codaze-test-" });
  await Deno.copyFile(`${path}.away`, join(copy, "a.json"));
  await Deno.mkdir(join(copy, JOURNAL_FOLDER));
  for await (const { name } of Deno.readDir(join(dir, JOURNAL_FOLDER))) {
    const side = join(JOURNAL_FOLDER, name);
    await Deno.copyFile(join(dir, side), join(copy, side));
  }
  await using again = await restartGateway(test, copy);
  assertEquals((await fileOf(again, "a.json"))["refresh_token"], rotated);
  assertEquals(await sideFiles(copy), []);
  await completed(await again.turn());
  assertEquals(grants(test), 1);
  assertEquals(test.simulator.violations, []);
});

Deno.test("a token that an interrupted refresh kept is spent under a new lock", async () => {
  const locked: boolean[] = [];
  let path = "";
  await using test = await startTestGateway({
    accounts: ["a"],
    runtime: {
      fetch: atGrant(async () => {
        using file = await Deno.open(path, { read: true, write: true });
        locked.push(!await file.tryLock(true));
      }),
    },
  });
  // No rotation, a crash, and by now the access token is too old.
  const token = test.account("a").currentRefreshToken();
  path = journalPath(test.dir, tokenHash(token));
  const opened = await JournalEntry.open(path, { after, waitMs: 0 });
  assert(opened.ok);
  {
    using entry = opened.value;
    await entry.begin(Date.now());
    await entry.keep({
      refreshToken: token,
      accessToken: test.account("a").issueAccessToken(0),
      idToken: undefined,
    });
  }
  await completed(await test.turn());
  assertEquals(locked, [true]);
  assertEquals(await sideFiles(test.dir), []);
  await assertQuiet(test);
});

Deno.test("the side file goes when the account file takes the tokens", async () => {
  await using test = await refusingGateway();
  const { dir } = test;
  const path = join(dir, "a.json");
  await completed(await test.turn());
  assertEquals((await sideFiles(dir)).length, 1);
  await Deno.remove(path);
  await Deno.rename(`${path}.away`, path);
  await until(
    async () => (await test.views())["a"]?.["persist_pending"] === false,
    "saved",
  );
  assertEquals(await sideFiles(dir), []);
  assertEquals(
    (await fileOf(test, "a.json"))["refresh_token"],
    test.account("a").currentRefreshToken(),
  );
});

for (
  const [what, minutes, lifetimeMinutes, expected] of [
    ["Codex's own file, 5.5 minutes left", 5.5, 600, 1],
    ["Codex's own file, 7 minutes left", 7, 600, 0],
    ["Codex's own file, tokens of 10 minutes", 5.5, 10, 0],
  ] as const
) {
  Deno.test(`${expected} refreshes: ${what}`, async () => {
    await using test = await startTestGateway({ accounts: ["a"] });
    const account = test.account("a");
    const access = account.issueAccessToken(minutes * 60_000);
    const [head, payload = "", tail] = access.split(".");
    const claims = JSON.parse(
      new TextDecoder().decode(
        Uint8Array.fromBase64(payload, { alphabet: "base64url" }),
      ),
    );
    const iat = claims.exp - lifetimeMinutes * 60;
    const body = new TextEncoder().encode(JSON.stringify({ ...claims, iat }))
      .toBase64({ alphabet: "base64url", omitPadding: true });
    await Deno.writeTextFile(
      join(test.dir, "a.json"),
      JSON.stringify({
        tokens: {
          refresh_token: account.currentRefreshToken(),
          access_token: `${head}.${body}.${tail}`,
        },
      }),
    );
    const { registry } = test.gateway;
    await until(() => registry.get("a")?.credential !== undefined, "loaded");
    await completed(await test.turn());
    // Without a refresh the altered token is refused, and then replaced.
    const [first] = test.simulator.requests;
    assertEquals(first?.target === "/oauth/token" ? 1 : 0, expected);
  });
}

Deno.test("a refresh that waits while the gateway stops sends nothing any more", async () => {
  await using test = await startTestGateway();
  const account = test.gateway.registry.get("a");
  assert(account);
  const path = journalPath(test.dir, tokenHash(account.refreshToken));
  const opened = await JournalEntry.open(path, { after, waitMs: 0 });
  assert(opened.ok);
  const turn = test.turn();
  await until(() => account.refreshInFlight, "the refresh has begun");
  const stopped = test.gateway.stop(0);
  const response = await turn;
  await response.body?.cancel();
  assertEquals(response.status, 503);
  // Long behind the end of the grace, as far as the refresh can tell.
  await new Promise((done) => setTimeout(done, 50));
  {
    using entry = opened.value;
    await entry.clear();
  }
  await stopped;
  assertEquals(grants(test), 0);
  assertEquals(await sideFiles(test.dir), []);
});
