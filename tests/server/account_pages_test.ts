/** The account pages of a Codex client whose `chatgpt_base_url` leads here. */
import { assert, assertEquals, assertMatch } from "@std/assert";
import { usageLimitReached } from "../../lib/simulator/faults/limits.ts";
import {
  restartGateway,
  startTestGateway,
  type TestGateway,
  type TestOptions,
} from "../support/gateway.ts";
import { windowOf } from "../../lib/quota/quota.ts";
import { accountPages } from "../../lib/server/public/account_pages.ts";
import { startSimulator } from "../../lib/simulator/simulator.ts";
import { registryOf } from "../support/accounts.ts";

const USAGE = "/backend-api/wham/usage";

function startPool(options: TestOptions = {}): Promise<TestGateway> {
  return startTestGateway({
    accounts: ["ada", "grace"],
    flags: ["--routing-policy=round_robin"],
    warm: true,
    ...options,
  });
}

/** Lets each account tell what is used of it. */
async function tell(
  test: TestGateway,
  used: Readonly<Record<string, readonly [number, number]>>,
): Promise<void> {
  for (const [name, [primary, secondary]] of Object.entries(used)) {
    test.account(name).usedPercent = { primary, secondary };
  }
  for (const _ of Object.keys(used)) await (await test.turn()).body?.cancel();
}

interface Row {
  readonly limit_name: string;
  readonly metered_feature: string;
  readonly rate_limit: Limit | null;
}

interface Limit {
  readonly allowed: boolean;
  readonly primary_window: Shown | null;
  readonly secondary_window: Shown | null;
}

interface Shown {
  readonly used_percent: number;
  readonly reset_at: number;
}

interface Page {
  readonly plan_type: string;
  readonly rate_limit: Limit | null;
  readonly additional_rate_limits: readonly Row[];
}

async function page(
  test: TestGateway,
  { path = USAGE, headers = {} }: {
    readonly path?: string;
    readonly headers?: Readonly<Record<string, string>>;
  } = {},
): Promise<Page> {
  const response = await fetch(test.url(path), { headers });
  assertEquals(response.status, 200, path);
  return await response.json();
}

/** `12%, 34%`, with `refused` where nothing more is allowed. */
function text(limit: Limit | null | undefined): string {
  if (!limit) return "nothing";
  const windows = [limit.primary_window, limit.secondary_window].flatMap(
    (window) => window === null ? [] : `${window.used_percent}%`,
  );
  return [...windows, ...limit.allowed ? [] : ["refused"]].join(", ");
}

function rows({ additional_rate_limits }: Page): Record<string, string> {
  return Object.fromEntries(
    additional_rate_limits.map(({ limit_name, rate_limit }) => [
      limit_name,
      text(rate_limit),
    ]),
  );
}

Deno.test("nothing is known before the first answer, and the page says so", async () => {
  await using test = await startPool();
  const shown = await page(test);
  assertEquals(shown.rate_limit, null);
  assertEquals(rows(shown), { ada: "nothing", grace: "nothing" });
  assertEquals(test.simulator.requests, []);
});

Deno.test("the page has the form of upstream's", async () => {
  await using test = await startPool();
  await tell(test, { ada: [97, 40], grace: [0, 0] });
  // In the same second as the page.
  const before = Math.floor(Date.now() / 1000);
  const account = test.account("ada");
  const shown = await page(test, {
    headers: { authorization: `Bearer ${account.issueAccessToken()}` },
  });
  const window = (used: number, seconds: number, resetIn: number) => ({
    used_percent: used,
    limit_window_seconds: seconds,
    reset_after_seconds: resetIn,
    reset_at: resetIn,
  });
  const [upstreams] = await upstreamPages(test);
  const told = JSON.parse(JSON.stringify(shown), (key, value) => {
    if (key === "reset_at") return value - before;
    return key === "metered_feature"
      ? String(value).replace(/[0-9a-f]{8}$/, "<hash>")
      : value;
  });
  const near = (value: number, expected: number) =>
    Math.abs(value - expected) <= 3 ? expected : value;
  const rounded = JSON.parse(JSON.stringify(told), (key, value) => {
    if (key !== "reset_at" && key !== "reset_after_seconds") return value;
    return near(near(value, 9000), 300_000);
  });
  assertEquals(rounded, {
    user_id: account.userId,
    account_id: account.accountId,
    plan_type: "plus",
    rate_limit: {
      allowed: true,
      limit_reached: false,
      primary_window: window(49, 18_000, 9000),
      secondary_window: window(20, 604_800, 300_000),
    },
    code_review_rate_limit: null,
    additional_rate_limits: [
      {
        limit_name: "ada",
        metered_feature: "codaze_1_<hash>",
        rate_limit: {
          allowed: true,
          limit_reached: false,
          primary_window: window(97, 18_000, 9000),
          secondary_window: window(40, 604_800, 300_000),
        },
      },
      {
        limit_name: "grace",
        metered_feature: "codaze_2_<hash>",
        rate_limit: {
          allowed: true,
          limit_reached: false,
          primary_window: window(0, 18_000, 9000),
          secondary_window: window(0, 604_800, 300_000),
        },
      },
    ],
    credits: null,
    spend_control: null,
    rate_limit_reached_type: null,
    rate_limit_reset_credits: null,
    promo: null,
  });
  // Upstream's has more; what both have is called the same.
  const own = new Set(Object.keys(shown));
  const missing = Object.keys(upstreams ?? {}).filter((key) => !own.has(key));
  assertEquals(missing, ["email"]);
});

/** What the simulated upstream itself answers there. */
async function upstreamPages(
  { simulator }: TestGateway,
): Promise<readonly Record<string, unknown>[]> {
  return await Promise.all(simulator.accounts.map(async (account) => {
    const response = await fetch(
      `${simulator.upstream}/wham/usage`.replace(
        "/codex/wham",
        "/wham",
      ),
      {
        headers: {
          authorization: `Bearer ${account.issueAccessToken()}`,
          "chatgpt-account-id": account.accountId,
        },
      },
    );
    return await response.json();
  }));
}

Deno.test("a model with a limit of its own has a row of its own", async () => {
  await using test = await startPool();
  await tell(test, { ada: [10, 20], grace: [30, 40] });
  const now = Date.now();
  const name = "gpt-6.2-sol";
  test.gateway.registry.get("ada")?.record.learned({
    limits: [{
      id: "codex_bengalfox",
      name,
      windows: [
        windowOf({ minutes: 300, used: 80, resetsAt: now + 60_000 }, now),
      ],
      at: now,
      source: "headers",
    }],
    at: now,
    source: "headers",
  });
  // The other account serves that model from its usual limit.
  assertEquals(rows(await page(test)), {
    [name]: "55%, 20%",
    ada: "10%, 20%",
    grace: "30%, 40%",
  });
});

Deno.test("each page of usage, and no other page, asks for newer figures", async () => {
  let asked = 0;
  const pages = accountPages({
    registry: registryOf([]),
    now: () => 0,
    isModel: () => false,
    onPageAsked: () => asked++,
  });
  const counts: Record<string, number> = {};
  for (const [key, handler] of Object.entries(pages)) {
    const url = new URL("http://127.0.0.1/");
    const before = asked;
    await handler({ request: new Request(url), url, id: "", requestId: "r" });
    counts[key] = asked - before;
  }
  const asking = Object.keys(counts).filter((key) => counts[key] === 1);
  assertEquals(asking, [
    "GET /backend-api/wham/usage",
    "GET /backend-api/codex/usage",
    "GET /api/codex/usage",
  ]);
  assertEquals(asked, 3);
});

for (const path of ["/backend-api/codex/usage", "/api/codex/usage"]) {
  Deno.test(`${path} is the same page`, async () => {
    await using test = await startPool();
    await tell(test, { ada: [10, 20], grace: [30, 40] });
    assertEquals(text((await page(test, { path })).rate_limit), "20%, 30%");
  });
}

Deno.test("a refused account has nothing left, and the pool goes on without it", async () => {
  await using test = await startPool();
  await tell(test, { ada: [10, 20], grace: [30, 40] });
  const resetsAt = Date.now() + 3_600_000;
  test.account("ada").fault(
    usageLimitReached({ now: Date.now(), resetsAt }),
    Infinity,
  );
  for (let turn = 0; turn < 2; turn++) await (await test.turn()).text();
  const shown = await page(test);
  assertEquals(text(shown.rate_limit), "65%, 70%");
  assertEquals(rows(shown), { ada: "100%, 40%, refused", grace: "30%, 40%" });

  test.account("grace").fault(
    usageLimitReached({ now: Date.now(), resetsAt: resetsAt + 9_000_000 }),
    Infinity,
  );
  const refused = await test.turn();
  const { error } = await refused.json();
  assertEquals(refused.status, 429);
  const spent = await page(test);
  assertEquals(text(spent.rate_limit), "100%, 100%, refused");
  // The same time as in the refusal.
  assertEquals(spent.rate_limit?.primary_window?.reset_at, error.resets_at);
  assertEquals(spent.rate_limit?.secondary_window?.reset_at, error.resets_at);
});

Deno.test("accounts that are lost or stand behind another have no row, a paused one says so", async () => {
  await using test = await startPool({ accounts: ["ada", "grace", "linus"] });
  await tell(test, { ada: [10, 20], grace: [30, 40], linus: [50, 60] });
  const { registry } = test.gateway;
  const [ada, , linus] = registry.accounts();
  assert(ada && linus);
  ada.failed({ kind: "account_invalid", message: "gone" }, Date.now());
  linus.record.settings = { ...linus.record.settings, paused: true };
  const shown = await page(test);
  assertEquals(rows(shown), {
    grace: "30%, 40%",
    "linus (paused)": "50%, 60%",
  });
  assertEquals(text(shown.rate_limit), "30%, 40%");
});

Deno.test("the plan is that of the largest account, else the caller's own", async () => {
  await using test = await startTestGateway({ warm: true });
  const pro = test.simulator.addAccount({ name: "pro", plan: "pro" });
  const headers = { authorization: `Bearer ${pro.issueAccessToken()}` };
  assertEquals((await page(test)).plan_type, "unknown");
  assertEquals((await page(test, { headers })).plan_type, "pro");
  await tell(test, { a: [1, 1] });
  assertEquals((await page(test, { headers })).plan_type, "plus");
});

/** Names of accounts that must not show, and what does instead. */
const NAMES: ReadonlyArray<
  [id: string, label: string | undefined, email: string, shown: RegExp]
> = [
  ["0123456789abcdef", undefined, "ada@example.test", /^01234567$/],
  ["0123456789abcdef", "ada@example.test", "ada@example.test", /^01234567$/],
  ["ada.lovelace@x.test", undefined, "ada@x.test", /^account [0-9a-f]{8}$/],
  [
    "work-Ada_Lovelace",
    undefined,
    "ada.lovelace@x.test",
    /^account [0-9a-f]{8}$/,
  ],
  ["ada@x.test", "work", "ada@x.test", /^work$/],
  ["0123456789abcdef", "gpt-6.2-sol", "ada@x.test", /^account gpt-6\.2-sol$/],
  ["0123456789abcdef", "codex-mini", "ada@x.test", /^account codex-mini$/],
  ["0123456789abcdef", "a\u001b[31m", "ada@x.test", /^01234567$/],
];

for (const [id, label, email, expected] of NAMES) {
  Deno.test(`${id} with the label ${JSON.stringify(label)} is called ${expected.source}`, async () => {
    await using test = await startTestGateway({ accounts: [] });
    const account = test.simulator.addAccount({ name: "x", email });
    const file = {
      type: "codex",
      refresh_token: account.currentRefreshToken(),
      access_token: account.issueAccessToken(),
      ...label === undefined ? {} : { label },
      email,
    };
    await Deno.writeTextFile(`${test.dir}/${id}.json`, JSON.stringify(file));
    await using again = await restartGateway(test);
    const text = JSON.stringify(await page(again));
    const [row] = JSON.parse(text).additional_rate_limits;
    assertMatch(row.limit_name, expected);
    assertMatch(row.metered_feature, /^codaze_1_[0-9a-f]{8}$/);
    assert(!text.includes("x.test") && !text.includes("example.test"), text);
  });
}

for (const prefix of ["/backend-api/wham", "/api/codex"]) {
  Deno.test(`${prefix}/accounts/check names the caller's workspace`, async () => {
    await using elsewhere = await startSimulator();
    const caller = elsewhere.addAccount({ name: "caller", plan: "team" });
    await using test = await startPool();
    const ask = async (headers: Readonly<Record<string, string>>) => {
      const path = `${prefix}/accounts/check`;
      return await (await fetch(test.url(path), { headers })).json();
    };
    const token = `Bearer ${caller.issueAccessToken()}`;
    const id = "acct-of-the-header";
    const shown = await ask({
      authorization: token,
      "chatgpt-account-id": id,
    });
    assertEquals(shown, {
      accounts: [{
        id,
        account_user_role: "account-owner",
        structure: "personal",
        plan_type: "team",
        name: null,
        profile_picture_url: null,
        is_deactivated: false,
        can_access_with_session: true,
        workspace_backend_origin: "https://chatgpt.com",
        account_routing_override: "NO_CONSTRAINT",
      }],
      account_ordering: [id],
      default_account_id: id,
    });
    const byToken = await ask({ authorization: token });
    assertEquals(byToken.default_account_id, caller.accountId);
    assertEquals((await ask({ authorization: "Bearer sk-any" })).accounts, []);
    assertEquals((await ask({})).accounts, []);
  });

  Deno.test(`${prefix}/rate-limit-reset-credits sums up, and lists none`, async () => {
    await using test = await startPool();
    const path = `${prefix}/rate-limit-reset-credits`;
    const ask = async () => await (await fetch(test.url(path))).json();
    assertEquals(await ask(), { available_count: 0, credits: [] });
    const at = Date.now();
    const [ada, grace] = test.gateway.registry.accounts();
    for (const [account, resetCredits] of [[ada, 2], [grace, 1]] as const) {
      account?.record.learned({
        limits: [],
        resetCredits,
        at,
        source: "usage_page",
      });
    }
    assertEquals(await ask(), { available_count: 3, credits: [] });
    grace?.failed({ kind: "account_invalid", message: "gone" }, at);
    assertEquals(await ask(), { available_count: 2, credits: [] });
    const shown = JSON.stringify(await page(test));
    assert(shown.includes('"rate_limit_reset_credits":{"available_count":2}'));
  });

  Deno.test(`${prefix}/settings/user is empty`, async () => {
    await using test = await startPool();
    const response = await fetch(test.url(`${prefix}/settings/user`));
    assertEquals(await response.json(), {});
  });
}

Deno.test("what the client reports of itself ends here", async () => {
  await using test = await startPool();
  const response = await fetch(
    test.url("/backend-api/codex/analytics-events/events"),
    { method: "POST", body: JSON.stringify({ events: [{}] }) },
  );
  assertEquals([response.status, await response.json()], [200, {}]);
  assertEquals(test.simulator.requests, []);
});

const NOT_SERVED = [
  "/backend-api/ps/plugins/installed",
  "/backend-api/wham/profiles/me",
  "/backend-api/codex/responses",
  "/api/codex/config",
  "/backend-api/",
];

for (const path of NOT_SERVED) {
  Deno.test(`${path} is not served`, async () => {
    await using test = await startPool();
    const response = await fetch(test.url(path));
    const { error } = await response.json();
    assertEquals([response.status, error.code], [404, "not_found"]);
    assertEquals(test.simulator.requests, []);
  });
}

Deno.test("a web page is kept out of the account pages, too", async () => {
  await using test = await startPool();
  const response = await fetch(test.url(USAGE), {
    headers: { origin: "https://example.test" },
  });
  await response.body?.cancel();
  assertEquals(response.status, 403);
});

Deno.test("the caller's token goes nowhere", async () => {
  await using elsewhere = await startSimulator();
  const caller = elsewhere.addAccount({ name: "caller" });
  await using test = await startPool();
  const token = caller.issueAccessToken();
  const headers = { authorization: `Bearer ${token}` };
  for (const path of [USAGE, "/backend-api/wham/accounts/check"]) {
    const response = await fetch(test.url(path), { headers });
    assert(!(await response.text()).includes(token));
  }
  // The page makes the gateway read the accounts' own, with their tokens.
  const [ada, grace] = test.simulator.accounts;
  await test.simulator.waitFor(() =>
    ada?.usageReads === 1 && grace?.usageReads === 1
  );
  for (const { target, headers } of test.simulator.requests) {
    assertEquals(target, USAGE);
    assert(!JSON.stringify(headers).includes(token));
  }
  assert(!JSON.stringify(test.log).includes(token));
});
