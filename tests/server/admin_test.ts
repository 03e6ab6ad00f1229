import { join } from "@std/path";
import { assert, assertEquals, assertMatch } from "@std/assert";
import { usageLimitReached } from "../../lib/simulator/faults/limits.ts";
import { refreshServerError } from "../../lib/simulator/faults/token_faults.ts";
import { startTestGateway, type TestGateway } from "../support/gateway.ts";

const JSON_TYPE = { "content-type": "application/json" };

interface Answered {
  readonly status: number;
  readonly body: unknown;
  readonly text: string;
}

async function call(
  test: TestGateway,
  line: string,
  body?: unknown,
): Promise<Answered> {
  const [method = "", path = ""] = line.split(" ");
  const response = await test.admin(path, {
    method,
    headers: JSON_TYPE,
    body: body === undefined
      ? null
      : typeof body === "string"
      ? body
      : JSON.stringify(body),
  });
  const text = await response.text();
  return {
    status: response.status,
    text,
    body: text === "" ? undefined : JSON.parse(text),
  };
}

/** Status and message of a refusal. */
async function refused(test: TestGateway, line: string, body?: unknown) {
  const answer = await call(test, line, body);
  return `${answer.status} ${JSON.parse(answer.text).error.message}`;
}

const VIEW_KEYS = [
  ...["id", "label", "email", "routing_state", "blocked_reason"],
  ...["blocked_source", "blocked_until", "account_id", "plan_type"],
  ...["refresh_in_flight", "in_flight_requests", "access_token_expires_at"],
  ...["last_refresh_at", "last_selected_at", "last_success_at"],
  ...["last_error_at", "last_error", "duplicate_of", "persist_pending"],
  ...["signed_out_at", "quota", "serves", "serves_at", "paused"],
  ...["priority", "keep", "weight", "score"],
];

Deno.test("GET /admin/accounts shows an account that was never used", async () => {
  await using test = await startTestGateway();
  const { status, body } = await call(test, "GET /admin/accounts");
  assertEquals(status, 200);
  const blank = Object.fromEntries(VIEW_KEYS.map((key) => [key, null]));
  assertEquals(body, {
    accounts: [{
      ...blank,
      id: "a",
      label: "a",
      routing_state: "cold",
      refresh_in_flight: false,
      in_flight_requests: 0,
      persist_pending: false,
      serves: "now",
      paused: false,
      priority: 0,
      keep: 0,
    }],
    invalid_files: [],
    accounts_dir: await Deno.realPath(test.dir),
    pool: {
      accounts: 1,
      can_serve: 1,
      windows: [],
      next_reset_at: null,
    },
  });
});

Deno.test("GET /admin/accounts shows what a turn has taught", async () => {
  await using test = await startTestGateway();
  await (await test.turn()).text();
  const view = (await test.views())["a"] ?? {};
  assertEquals(view["routing_state"], "ready");
  assertEquals([view["account_id"], view["plan_type"], view["email"]], [
    "acct-a",
    "plus",
    "a@example.test",
  ]);
  const times = Object.entries(view).filter(([key, value]) =>
    /_at$/.test(key) && value !== null
  );
  assertEquals(times.map(([key]) => key), [
    "access_token_expires_at",
    "last_refresh_at",
    "last_selected_at",
    "last_success_at",
  ]);
  for (const [, time] of times) {
    assertMatch(String(time), /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
  }
});

Deno.test("POST import adds, finds again, and describes", async () => {
  await using test = await startTestGateway({ accounts: [] });
  const line = "POST /admin/accounts/import";
  const id = "c50cb5aa6210c2975a97f8d76411cb35";
  const first = await call(test, line, { refresh_token: " rt_123\n" });
  assertEquals(first.status, 201);
  const { account, already_exists } = JSON.parse(first.text);
  assertEquals([account.id, account.label, already_exists], [id, null, false]);

  const again = await call(test, line, {
    refresh_token: "rt_123",
    label: "main",
    email: "me@example.test",
  });
  assertEquals(again.status, 200);
  const known = JSON.parse(again.text);
  assertEquals(known.already_exists, true);
  assertEquals([known.account.label, known.account.email], [
    "main",
    "me@example.test",
  ]);
  const file = await Deno.readTextFile(join(test.dir, `${id}.json`));
  assertEquals(JSON.parse(file).refresh_token, "rt_123");
  assertEquals(Object.keys(await test.views()), [id]);
  if (Deno.build.os === "windows") return;
  const { mode } = await Deno.stat(join(test.dir, `${id}.json`));
  assertEquals((mode ?? 0) & 0o777, 0o600);
});

Deno.test("POST import takes back what a rotation has replaced", async () => {
  await using test = await startTestGateway();
  const old = test.account("a").currentRefreshToken();
  await (await test.turn()).text();
  const fresh = test.account("a").currentRefreshToken();
  assert(fresh !== old);
  const { status, body } = await call(test, "POST /admin/accounts/import", {
    refresh_token: old,
  });
  assertEquals(status, 200);
  assert(JSON.stringify(body).includes('"already_exists":true'));
  const file = await Deno.readTextFile(join(test.dir, "a.json"));
  assertEquals(JSON.parse(file).refresh_token, fresh);
});

const EMPTY = "400 refresh_token must not be empty";
const DAMAGED = '400 "refresh_token" has characters that no token has';
const NO_OBJECT = "400 body must be a JSON object";

const BAD_IMPORTS: ReadonlyArray<[body: unknown, refusal: string]> = [
  [{}, EMPTY],
  [{ refresh_token: "" }, EMPTY],
  [{ refresh_token: " \n" }, EMPTY],
  [{ refresh_token: null }, EMPTY],
  [{ refresh_token: 5 }, EMPTY],
  [{ refresh_token: ["x"] }, EMPTY],
  [{ refresh_token: "x", label: 5 }, "400 label must be a string"],
  [{ refresh_token: "x\ny" }, DAMAGED],
  [{ refresh_token: "rt_…" }, DAMAGED],
  [{ refresh_token: "x", email: {} }, "400 email must be a string"],
  [
    { refresh_token: "x", access_token: ["canary"] },
    "400 access_token must be a string",
  ],
  [{ refresh_token: "x", id_token: 5 }, "400 id_token must be a string"],
  ["", NO_OBJECT],
  ["[]", NO_OBJECT],
  ["null", NO_OBJECT],
  ['{"refresh_token":"canary"', NO_OBJECT],
  [
    { refresh_token: "x".repeat(70_000) },
    "413 Request body is larger than 65536 bytes; raise --max-body-bytes",
  ],
];

Deno.test("POST import refuses what is no account, in words", async () => {
  await using test = await startTestGateway({ accounts: [] });
  for (const [body, refusal] of BAD_IMPORTS) {
    assertEquals(
      await refused(test, "POST /admin/accounts/import", body),
      refusal,
    );
  }
  assertEquals(await test.views(), {});
});

Deno.test("POST import keeps the access and id token", async () => {
  await using test = await startTestGateway({ accounts: [] });
  const account = test.simulator.addAccount({ name: "new" });
  const token = account.issueAccessToken();
  const { status, text } = await call(test, "POST /admin/accounts/import", {
    refresh_token: account.currentRefreshToken(),
    access_token: token,
    id_token: token,
    label: null,
  });
  const answer = JSON.parse(text);
  assertEquals([status, answer.already_exists, answer.disposition], [
    201,
    false,
    "added",
  ]);
  assertEquals([answer.account.routing_state, answer.account.email], [
    "ready",
    "new@example.test",
  ]);
  await (await test.turn()).text();
  assertEquals(account.refreshCount, 0);
});

Deno.test("POST import puts a person's new sign-in into their account", async () => {
  await using test = await startTestGateway({ warm: true });
  const account = test.account("a");
  const { status, text } = await call(test, "POST /admin/accounts/import", {
    refresh_token: account.signIn(),
    access_token: account.issueAccessToken(),
  });
  const answer = JSON.parse(text);
  assertEquals([status, answer.already_exists, answer.disposition], [
    200,
    true,
    "signed_in",
  ]);
  assertEquals(answer.account.id, "a");
});

Deno.test("POST refresh answers how it ended", async () => {
  await using test = await startTestGateway();
  const line = "POST /admin/accounts/a/refresh";
  const good = await call(test, line);
  assertEquals(good.status, 200);
  const { account } = JSON.parse(good.text);
  assertEquals(Object.keys(account), VIEW_KEYS);
  assertEquals([account.id, account.routing_state], ["a", "ready"]);

  test.account("a").faultAt("token", refreshServerError());
  const later = await call(test, line);
  assertEquals(later.status, 502);
  const failed = JSON.parse(later.text);
  assertEquals(Object.keys(failed), ["error", "account"]);
  // A server in trouble says nothing of the token that is in use.
  assertEquals(failed.account.routing_state, "ready");

  test.account("a").revoke();
  const dead = await call(test, line);
  assertEquals(dead.status, 409);
  assertEquals(JSON.parse(dead.text).account.routing_state, "auth_invalid");
  assertMatch(JSON.parse(dead.text).error.message, /refresh_token_invalidated/);
});

Deno.test("wake ends a cooldown, of one account or of all", async () => {
  await using test = await startTestGateway({
    accounts: ["a", "b"],
    warm: true,
  });
  const now = Date.now();
  const spend = async () => {
    for (const name of ["a", "b"]) {
      const resetsAt = now + 3_600_000;
      test.account(name).fault(usageLimitReached({ now, resetsAt }));
    }
    await (await test.turn()).text();
    const views = Object.values(await test.views());
    assertEquals(views.map((view) => view["routing_state"]), [
      "cooldown",
      "cooldown",
    ]);
  };
  await spend();
  const one = await call(test, "POST /admin/accounts/a/wake");
  assertEquals(one.status, 200);
  const { disposition, account } = JSON.parse(one.text);
  assertEquals(disposition, "woken");
  assertEquals(Object.keys(account), VIEW_KEYS);
  assertEquals(
    [account.id, account.routing_state, account.blocked_reason],
    ["a", "ready", null],
  );
  assertEquals((await test.views())["b"]?.["routing_state"], "cooldown");

  test.account("a").clearFaults();
  const all = await call(test, "POST /admin/accounts/wake");
  const { accounts, ...counts } = JSON.parse(all.text);
  assertEquals(counts, { woken: 2, skipped_auth_invalid: 0 });
  assertEquals(
    accounts.map((woken: { account: { routing_state: string } }) =>
      woken.account.routing_state
    ),
    ["ready", "ready"],
  );
});

Deno.test("wake skips an account that needs a person", async () => {
  await using test = await startTestGateway();
  test.account("a").revoke();
  await (await test.turn()).text();
  assertEquals((await test.views())["a"]?.["routing_state"], "auth_invalid");

  const one = await call(test, "POST /admin/accounts/a/wake");
  assertEquals(JSON.parse(one.text).disposition, "skipped_auth_invalid");
  const all = JSON.parse((await call(test, "POST /admin/accounts/wake")).text);
  assertEquals([all.woken, all.skipped_auth_invalid], [0, 1]);
  assertEquals((await test.views())["a"]?.["routing_state"], "auth_invalid");

  // Its file is in the trash already, and still it can be taken off the list.
  assertEquals((await call(test, "DELETE /admin/accounts/a")).status, 204);
  assertEquals(await test.views(), {});
});

Deno.test("DELETE removes the account and its file, once", async () => {
  await using test = await startTestGateway({ accounts: ["a", "b"] });
  const gone = await call(test, "DELETE /admin/accounts/a");
  assertEquals([gone.status, gone.text], [204, ""]);
  assertEquals(Object.keys(await test.views()), ["b"]);
  const files = [];
  for await (const { name } of Deno.readDir(test.dir)) files.push(name);
  assertEquals(files.filter((name) => name.endsWith(".json")), ["b.json"]);
  assertEquals(
    await refused(test, "DELETE /admin/accounts/a"),
    "404 unknown account `a`",
  );
});

const UNKNOWN: ReadonlyArray<[line: string, refusal: string]> = [
  ["POST /admin/accounts/x/wake", "404 unknown account `x`"],
  ["POST /admin/accounts/x/refresh", "404 unknown account `x`"],
  ["DELETE /admin/accounts/x", "404 unknown account `x`"],
  ["DELETE /admin/accounts/..%2Fa", "404 unknown account `../a`"],
  ["DELETE /admin/accounts/%E6%97%A5", "404 unknown account `日`"],
  ["DELETE /admin/accounts/A", "404 unknown account `A`"],
  ["GET /admin/accounts/a", "405 GET is not allowed here; expected DELETE"],
  ["GET /admin/", "404 No such path: /admin/"],
  ["GET /health", "404 No such path: /health"],
  ["POST /v1/responses", "404 No such path: /v1/responses"],
];

Deno.test("the admin port answers what it does not have in JSON", async () => {
  await using test = await startTestGateway();
  for (const [line, refusal] of UNKNOWN) {
    assertEquals(await refused(test, line), refusal);
  }
  assertEquals(Object.keys(await test.views()), ["a"]);
});

Deno.test("the public port has no admin route", async () => {
  await using test = await startTestGateway();
  for (const path of ["/admin/accounts", "/admin/routing/policy"]) {
    const response = await fetch(test.url(path));
    await response.body?.cancel();
    assertEquals(response.status, 404);
  }
});

const ONE_OF =
  "expected one of: quota, least_in_flight, round_robin, fill_first";

const BAD_POLICIES: ReadonlyArray<[body: unknown, refusal: string]> = [
  [{}, "400 missing routing_policy"],
  [{ routing_policy: null }, "400 missing routing_policy"],
  [
    { routing_policy: "X" },
    `400 unsupported routing policy \`X\`; ${ONE_OF}`,
  ],
  [
    { routing_policy: "toString" },
    `400 unsupported routing policy \`toString\`; ${ONE_OF}`,
  ],
  [{ routing_policy: 5 }, `400 unsupported routing policy \`5\`; ${ONE_OF}`],
  ["", NO_OBJECT],
  ["round_robin", NO_OBJECT],
];

Deno.test("the routing policy is read, changed and guarded", async () => {
  await using test = await startTestGateway();
  const line = "/admin/routing/policy";
  const show = async () => (await call(test, `GET ${line}`)).body;
  assertEquals(await show(), { routing_policy: "quota" });
  for (const policy of ["round_robin", "fill_first"]) {
    const set = await call(test, `PUT ${line}`, { routing_policy: policy });
    assertEquals([set.status, set.body], [200, { routing_policy: policy }]);
    assertEquals(await show(), { routing_policy: policy });
  }
  for (const [body, refusal] of BAD_POLICIES) {
    assertEquals(await refused(test, `PUT ${line}`, body), refusal);
  }
  const text = await test.admin(line, { method: "PUT", body: "{}" });
  await text.body?.cancel();
  assertEquals(text.status, 415);
  assertEquals(await show(), { routing_policy: "fill_first" });
});

Deno.test("a broken file is listed with its reason, and stops nobody", async () => {
  await using test = await startTestGateway();
  const secret = '{"refresh_token":"rt_canary_half';
  await Deno.writeTextFile(join(test.dir, "half.json"), secret);
  await Deno.writeTextFile(join(test.dir, "list.json"), "[]");
  // An import looks at the folder again.
  const imported = await call(test, "POST /admin/accounts/import", {
    refresh_token: "rt_new",
  });
  assertEquals(imported.status, 201);
  const { text } = await call(test, "GET /admin/accounts");
  const { accounts, invalid_files } = JSON.parse(text);
  assertEquals(accounts.length, 2);
  assertEquals(
    invalid_files.map((entry: { file: string }) => entry.file),
    ["half.json", "list.json"],
  );
  for (const { reason } of invalid_files) assert(reason.length > 5);
  assert(!text.includes("canary"), text);
});

Deno.test("no answer of the admin port has a token in it", async () => {
  await using test = await startTestGateway({ accounts: ["a", "b"] });
  const seen: string[] = [];
  const tokens = () =>
    ["a", "b"].flatMap((name) => [
      test.account(name).currentRefreshToken(),
      test.account(name).issueAccessToken().split(".")[1] ?? "",
    ]);
  const secrets = tokens();
  const ask = async (line: string, body?: unknown) => {
    seen.push((await call(test, line, body)).text);
  };
  const echo = { status: 400, headers: [], bodyAfterMs: undefined } as const;
  const body = JSON.stringify({ detail: `bad token ${secrets[0]}` });
  test.account("a").fault({ kind: "status", ...echo, body });
  await (await test.turn()).text();
  await (await test.turn()).text();
  secrets.push(...tokens());
  for (const token of secrets.filter((secret) => !secret.includes("."))) {
    await ask("POST /admin/accounts/import", {
      refresh_token: token,
      label: 5,
    });
    await ask("POST /admin/accounts/import", `{"refresh_token":"${token}`);
  }
  await ask("GET /admin/accounts");
  await ask("POST /admin/accounts/wake");
  test.account("b").revoke();
  test.account("a").revoke();
  await (await test.turn()).text();
  await ask("GET /admin/accounts");
  const all = seen.join("\n") + JSON.stringify(test.log);
  for (const secret of secrets) {
    assert(secret.length > 10);
    assert(!all.includes(secret), secret);
  }
});
