import { assert, assertEquals } from "@std/assert";
import type { Account } from "../../lib/accounts/pool/account.ts";
import type { Lease } from "../../lib/accounts/pool/lease.ts";
import { Registry } from "../../lib/accounts/pool/registry.ts";
import type { Failure } from "../../lib/failure/failure.ts";
import { windowOf } from "../../lib/quota/quota.ts";
import { FakeClock } from "../support/clock.ts";
import { FakeLog } from "../support/log.ts";
import {
  accessToken,
  account,
  accountFile,
  NOW,
  registryOf,
} from "../support/accounts.ts";

const answer = {
  at: "answer",
  status: 429,
  headers: new Headers(),
  body: new Uint8Array(),
} as const;
const message = "boom";
const FRESH: ReadonlySet<string> = new Set();

function quota(retryAfterMs: number): Failure {
  return {
    kind: "quota_exhausted",
    message,
    retryAfterMs,
    answer,
    headers: new Headers(),
  };
}

function limit(retryAfterMs: number): Failure {
  return { kind: "rate_limited", message, retryAfterMs, answer };
}

const INVALID: Failure = { kind: "account_invalid", message };

function take(registry: Registry, sessionKey?: string): Lease {
  const acquired = registry.acquire({ tried: FRESH, sessionKey });
  assert(acquired.ok);
  return acquired.value;
}

/** One turn that is answered; the id of the account that did it. */
function serve(registry: Registry, sessionKey: string): string {
  const lease = take(registry, sessionKey);
  lease.settle({ kind: "success" });
  return lease.account.id;
}

Deno.test("acquire() counts a lease until it is settled, once", () => {
  const one = account("a");
  const registry = registryOf([one]);
  const lease = take(registry);
  assertEquals([one.inFlight, one.history.lastSelectedAt], [1, NOW]);
  lease.settle({ kind: "success" });
  lease.settle({ kind: "failed", failure: INVALID });
  assertEquals(one.inFlight, 0);
  assertEquals(one.status(NOW).state, "serving");
  assertEquals(one.history.lastSuccessAt, NOW);
});

Deno.test("settle() of a removed account does no harm", () => {
  const one = account("a");
  const registry = registryOf([one]);
  const lease = take(registry);
  registry.replaceAll([]);
  lease.settle({ kind: "failed", failure: INVALID });
  assertEquals(one.inFlight, 0);
  assertEquals(registry.accounts(), []);
});

Deno.test("settle() of a lease from before a new sign-in blames nobody", () => {
  const one = account("a");
  const registry = registryOf([one]);
  const lease = take(registry);
  one.signedIn(accountFile({ refreshToken: "rt_new" }));
  lease.settle({ kind: "failed", failure: INVALID });
  assertEquals(one.inFlight, 0);
  assertEquals(one.status(NOW).state, "serving");
});

Deno.test("acquire() leaves out what is tried, cooling or invalid", () => {
  const [a, b, c, d] = ["a", "b", "c", "d"].map((id) => account(id));
  assert(a && b && c && d);
  const registry = registryOf([d, c, b, a]);
  b.failed(limit(5000), NOW);
  c.failed(INVALID, NOW);
  const tried = new Set(["a"]);
  const acquired = registry.acquire({ tried, sessionKey: undefined });
  assertEquals(acquired.ok && acquired.value.account.id, "d");
});

Deno.test("acquire() lets an account serve that is refreshing", () => {
  const one = account("a");
  one.refreshing();
  assertEquals(take(registryOf([one])).account, one);
});

Deno.test("acquire() keeps a session on an account that is renamed", () => {
  const [a, b] = [account("a"), account("b")];
  const registry = registryOf([a, b]);
  registry.policy = "round_robin";
  const request = { tried: new Set<string>(), sessionKey: "s" };
  take(registry, "s").settle({ kind: "success" });
  a.renamed("z.json");
  registry.replaceAll([a, b, account("a")]);
  const again = registry.acquire(request);
  assert(again.ok && again.value.account === a);
});

Deno.test("acquire() keeps a session on its account and logs a move", () => {
  const log = new FakeLog();
  const [a, b] = [account("a"), account("b")];
  const registry = registryOf([a, b], log);
  registry.policy = "round_robin";
  assertEquals(serve(registry, "s"), "a");
  assertEquals(serve(registry, "s"), "a");
  assertEquals(serve(registry, "t"), "b");
  a.failed(quota(60_000), NOW);
  assertEquals(serve(registry, "s"), "b");
  a.wake();
  assertEquals(serve(registry, "s"), "b");
  assertEquals(registry.homeOf("s")?.id, "b");
  assertEquals(log.lines, [
    "info session moved to another account " +
    '{"from":"a","to":"b","reason":"quota_exhausted",' +
    '"until":"2026-11-22T12:01:00.000Z"}',
  ]);
});

const CUT: Failure = { kind: "transport", message };

Deno.test("acquire() makes no home of an account that only failed", () => {
  const log = new FakeLog();
  const registry = registryOf(["a", "b", "c"].map((id) => account(id)), log);
  registry.policy = "round_robin";
  assertEquals(serve(registry, "s"), "a");
  for (let turn = 0; turn < 3; turn++) {
    const tried = new Set<string>();
    for (const _ of [1, 2]) {
      const acquired = registry.acquire({ tried, sessionKey: "s" });
      assert(acquired.ok);
      tried.add(acquired.value.account.id);
      acquired.value.settle({ kind: "failed", failure: CUT });
    }
  }
  assertEquals(serve(registry, "s"), "a");
  assertEquals(log.lines, []);
});

Deno.test("acquire() lets the first turns of a session agree on an account", () => {
  const registry = registryOf(["a", "b", "c"].map((id) => account(id)));
  registry.policy = "round_robin";
  const [first, ...rest] = [1, 2, 3].map(() => take(registry, "s"));
  assertEquals(first?.account.id, "a");
  assertEquals(rest.map(({ account }) => account.id), ["a", "a"]);
  assertEquals(registry.homeOf("s"), undefined);
  // Nobody has answered, so whoever failed is no reason to come back.
  for (const lease of [first, ...rest]) {
    lease?.settle({ kind: "failed", failure: CUT });
  }
  assertEquals(serve(registry, "s"), "b");
});

Deno.test("acquire() lets turns that must move agree on an account", () => {
  const log = new FakeLog();
  const [a, b, c] = [account("a"), account("b"), account("c")];
  const registry = registryOf([a, b, c], log);
  registry.policy = "round_robin";
  serve(registry, "s");
  a.failed(quota(60_000), NOW);
  const moved = [1, 2, 3].map(() => take(registry, "s"));
  assertEquals(moved.map(({ account }) => account.id), ["b", "b", "b"]);
  assertEquals(registry.homeOf("s"), a);
  for (const lease of moved) lease.answered();
  assertEquals(registry.homeOf("s"), b);
  assertEquals(log.lines.length, 1);
});

const REASONS: ReadonlyArray<
  readonly [string, (registry: Registry, owner: Account) => void]
> = [
  ["invalid", (_, owner) => owner.failed(INVALID, NOW)],
  ["removed", (registry) => registry.replaceAll([account("b")])],
  ["removed", (_, owner) => owner.signedIn(accountFile())],
  ["rate_limited", (_, owner) => owner.failed(limit(9000), NOW)],
];

for (const [reason, lose] of REASONS) {
  Deno.test(`acquire() names "${reason}" as the reason of a move`, () => {
    const log = new FakeLog();
    const owner = account("a");
    const registry = registryOf([owner, account("b")], log);
    serve(registry, "s");
    lose(registry, owner);
    serve(registry, "s");
    assertEquals(log.entries[0]?.fields["reason"], reason);
  });
}

Deno.test("acquire() without affinity follows the policy alone", async () => {
  const { Registry } = await import("../../lib/accounts/pool/registry.ts");
  const registry = new Registry({
    ...new FakeClock({ now: NOW }).read,
    policy: "round_robin",
    affinity: "none",
    log: new FakeLog(),
    random: () => 0,
  });
  registry.replaceAll([account("a"), account("b")]);
  const ids = [1, 2, 3].map(() => take(registry, "s").account.id);
  assertEquals(ids, ["a", "b", "a"]);
});

type Blame = readonly (Failure | undefined)[];

const POOLS: ReadonlyArray<readonly [string, Blame, unknown]> = [
  ["no account", [], { state: "empty" }],
  ["invalid accounts only", [INVALID, INVALID], { state: "empty" }],
  [
    "spent accounts only",
    [quota(9000), quota(4000), INVALID],
    { state: "spent", readyAt: NOW + 4000 },
  ],
  [
    "a spent and a limited account",
    [quota(9000), limit(5000)],
    { state: "busy", readyAt: NOW + 5000 },
  ],
  [
    "a spent account and one that was tried",
    [quota(9000), undefined],
    { state: "busy", readyAt: NOW + 9000 },
  ],
  [
    "accounts that were tried",
    [undefined, undefined],
    { state: "busy", readyAt: NOW + 1000 },
  ],
];

for (const [name, blame, pool] of POOLS) {
  Deno.test(`acquire() says what the pool is with ${name}`, () => {
    const accounts = blame.map((failure, index) => {
      const one = account(String(index));
      if (failure !== undefined) one.failed(failure, NOW);
      return one;
    });
    const tried = new Set(accounts.map(({ id }) => id));
    const acquired = registryOf(accounts).acquire({
      tried,
      sessionKey: undefined,
    });
    assert(!acquired.ok);
    assertEquals<unknown>(acquired.error, { kind: "no_account", pool });
  });
}

Deno.test("wake() tells woken, invalid and unknown accounts apart", () => {
  const [a, b] = [account("a"), account("b")];
  a.failed(quota(9000), NOW);
  b.failed(INVALID, NOW);
  const registry = registryOf([a, b]);
  assertEquals(["a", "b", "c"].map((id) => registry.wake(id)), [
    "woken",
    "skipped_auth_invalid",
    undefined,
  ]);
  assertEquals(a.status(NOW).state, "serving");
  assertEquals(b.status(NOW).state, "invalid");
});

Deno.test("Registry routes one account of each person and workspace", () => {
  const twin = { accessToken: accessToken("ann") };
  const younger = account("a", { ...twin, createdAt: 2 });
  const older = account("b", { ...twin, createdAt: 1 });
  const other = account("c", { accessToken: accessToken("bob") });
  const registry = registryOf([younger, older, other]);
  const marks = () => registry.accounts().map((one) => one.duplicateOf);
  assertEquals(marks(), ["b", undefined, undefined]);
  assertEquals(take(registry).account.id, "b");

  const lease = registry.acquire({
    tried: new Set(["c"]),
    sessionKey: undefined,
  });
  assert(lease.ok);
  lease.value.settle({ kind: "failed", failure: INVALID });
  assertEquals(marks(), [undefined, undefined, undefined]);
});

Deno.test("Registry routes the one of a person with the latest tokens", () => {
  const older = account("a", { accessToken: accessToken("ann", 9, 1) });
  const later = account("b", { accessToken: accessToken("ann", 9, 2) });
  const registry = registryOf([older, later]);
  const marks = () => registry.accounts().map((one) => one.duplicateOf);
  assertEquals(marks(), ["b", undefined]);

  // What upstream has rejected says all the same whose account it is.
  assert(later.credential !== undefined);
  later.dropCredential(later.credential);
  registry.refreshDuplicates();
  assertEquals(marks(), ["b", undefined]);
});

function outage(retryAfterMs?: number): Failure {
  return { kind: "unavailable", message, retryAfterMs, answer };
}

Deno.test("acquire() takes the guess that ends first where nobody is ready", () => {
  const [a, b, c] = [account("a"), account("b"), account("c")];
  const registry = registryOf([a, b, c]);
  for (const [one, failures] of [[a, 3], [b, 1], [c, 2]] as const) {
    for (let ago = failures - 1; ago >= 0; ago--) {
      one.failed(outage(), NOW - ago);
    }
  }
  const lease = take(registry);
  assertEquals([lease.account.id, lease.isGuess], ["b", true]);
});

Deno.test("acquireOnly() takes an account that only a guess keeps away", () => {
  const one = account("a");
  const registry = registryOf([one]);
  one.failed(outage(), NOW);
  assertEquals(registry.acquireOnly("a")?.isGuess, true);
  one.failed(limit(7000), NOW);
  assertEquals(registry.acquireOnly("a"), undefined);
  assertEquals(registry.acquireOnly("b"), undefined);
});

Deno.test("toldToWait() tells nothing of a duplicate, which never serves", () => {
  const twin = { accessToken: accessToken("ann") };
  const older = account("a", { ...twin, createdAt: 1 });
  const newer = account("b", { ...twin, createdAt: 2 });
  newer.failed(limit(5000), NOW);
  const registry = registryOf([older, newer]);
  assertEquals(newer.duplicateOf, "a");
  assertEquals(registry.toldToWait(newer), undefined);
  assertEquals(registry.firstBack(), undefined);
});

Deno.test("a token rejected behind content cools no account", () => {
  const registry = registryOf([account("a")]);
  const failure = { kind: "access_token_rejected", message, answer } as const;
  take(registry).settle({ kind: "broke_off", failure });
  assertEquals(registry.get("a")?.status(NOW).state, "serving");
});

Deno.test("toldToWait() tells of limits with a hint, and of no quota", () => {
  const [a, b, c] = [account("a"), account("b"), account("c")];
  const registry = registryOf([a, b, c]);
  a.failed(limit(7000), NOW);
  b.failed(quota(2000), NOW);
  c.failed(outage(), NOW);
  assertEquals([a, b, c].map((one) => registry.toldToWait(one)), [
    7000,
    undefined,
    undefined,
  ]);
  assertEquals(registry.firstBack()?.account.id, "a");
});

/** Refused for three days, and no page tells whether that still holds. */
function untested(...ids: readonly string[]): readonly Account[] {
  return ids.map((id) => {
    const one = account(id);
    one.failed(quota(3 * 86_400_000), NOW);
    one.record.unreadable(NOW);
    return one;
  });
}

/** The account that a spent pool tries; undefined for none. */
function tries(registry: Registry): string | undefined {
  const acquired = registry.acquire({
    tried: FRESH,
    sessionKey: undefined,
    else: ["untested"],
  });
  if (!acquired.ok) return undefined;
  acquired.value.settle({ kind: "failed", failure: quota(3 * 86_400_000) });
  return acquired.value.account.id;
}

Deno.test("a spent pool tries its untested accounts in turn", () => {
  const clock = new FakeClock({ now: NOW });
  const registry = registryOf(untested("a", "b"), new FakeLog(), clock);
  const tried = [0, 1, 2].map(() => {
    clock.pass(15 * 60_000);
    return tries(registry);
  });
  assertEquals(tried, ["a", "b", "a"]);
});

Deno.test("a spent pool tries an untested account although an older one is paused", () => {
  const registry = registryOf(untested("a", "b"));
  registry.set("a", { paused: true });
  assertEquals(tries(registry), "b");
});

Deno.test("a spent pool tries again although the clock was turned back", () => {
  const clock = new FakeClock({ now: NOW + 1 });
  const registry = registryOf(untested("a", "b"), new FakeLog(), clock);
  clock.pass(3_600_000);
  assertEquals(tries(registry), "a");
  clock.now -= 3_600_000;
  clock.pass(15 * 60_000);
  // A refusal from after now counts for nothing.
  assertEquals(tries(registry), "a");
  assertEquals(tries(registry), "b");
});

Deno.test("what an answer tells of one person's quota is not the next one's", () => {
  const ann = { accessToken: accessToken("ann") };
  const one = account("a", ann);
  const registry = registryOf([one, account("b")]);
  const lease = take(registry);
  one.refreshed(accountFile({ accessToken: accessToken("bob") }), NOW);
  registry.refreshDuplicates();
  lease.learned({ plan: "pro", limits: [], at: NOW, source: "event" });
  lease.settle({ kind: "failed", failure: quota(86_400_000) });
  assertEquals(one.quota, undefined);
  assertEquals(one.record.blocks(NOW), []);
  assertEquals(one.status(NOW).state, "serving");
});

Deno.test("what was known of a file before its person stays with the person", () => {
  const one = account("a");
  const registry = registryOf([one]);
  registry.set("a", { paused: true });
  one.refreshed(accountFile({ accessToken: accessToken("ann") }), NOW);
  registry.refreshDuplicates();
  assertEquals(one.record.settings.paused, true);
  assertEquals(registry.state().people.size, 1);
  const stranger = account("a");
  registry.replaceAll([stranger]);
  assertEquals(stranger.record.settings.paused, false);
});

Deno.test("the name of a model in a block is no longer than a name", () => {
  const one = account("a");
  const model = "m".repeat(65);
  one.failed(quota(60_000), NOW, { startedAt: NOW, model });
  assertEquals(one.record.blocks(NOW).map((block) => block.model), [undefined]);
});

/** The account's week has not begun. */
function closedWeek(one: Account): void {
  const week = 10_080;
  const resetsAt = NOW + week * 60_000;
  one.learned({
    limits: [{
      id: "codex",
      name: undefined,
      windows: [windowOf({ minutes: week, used: 0, resetsAt }, NOW)],
      at: NOW,
      source: "headers",
    }],
    at: NOW,
    source: "headers",
  });
}

Deno.test("the log tells once that a week begins, however its account was chosen", () => {
  const one = account("a");
  closedWeek(one);
  const log = new FakeLog();
  const registry = registryOf([one], log);
  // Over a websocket the account has a connection before the turn begins.
  const leases = [registry.acquireOnly("a"), take(registry)];
  leases.push(take(registry));
  for (const lease of leases) lease?.answered();
  registry.acquireOnly("a")?.answered();
  const told = log.lines.filter((line) => line.includes("a week begins"));
  assertEquals(told, ['info a week begins {"account":"a"}']);
});

Deno.test("after a restart a session finds its person, who has two accounts", () => {
  const twins = () => [
    account("a", { accessToken: accessToken("ann") }),
    account("b", { accessToken: accessToken("bob") }),
    account("z", { accessToken: accessToken("ann"), createdAt: 1 }),
  ];
  const before = registryOf(twins());
  assertEquals(serve(before, "s"), "a");
  const clock = new FakeClock({ now: NOW + 1000 });
  const after = new Registry({
    ...clock.read,
    policy: "fill_first",
    affinity: "session",
    log: new FakeLog(),
    random: () => 0,
    state: before.state(),
  });
  after.replaceAll(twins());
  after.restoreSessions();
  const asked = { sessionKey: "s" };
  assertEquals(after.explain(asked).decision.rule, "owner");
  assertEquals(after.homeOf("s")?.id, "a");
});

Deno.test("a session stays with its person when another of their accounts serves", () => {
  const ann = { accessToken: accessToken("ann") };
  const log = new FakeLog();
  const registry = registryOf([
    account("a", ann),
    account("b", { accessToken: accessToken("bob") }),
    account("z", { ...ann, createdAt: 1 }),
  ], log);
  assertEquals(serve(registry, "s"), "a");
  registry.get("z")?.refreshed(
    accountFile({ accessToken: accessToken("ann", 7200, 60) }),
    NOW,
  );
  registry.refreshDuplicates();
  assertEquals(registry.get("a")?.duplicateOf, "z");
  assertEquals(serve(registry, "s"), "z");
  take(registry, "s").settle({ kind: "failed", failure: INVALID });
  assertEquals(registry.get("a")?.duplicateOf, undefined);
  assertEquals(registry.explain({ sessionKey: "s" }).decision.rule, "owner");
  assertEquals(serve(registry, "s"), "a");
  assert(!log.lines.some((line) => line.includes("moved")), `${log.lines}`);
});

Deno.test("wake() makes an account serve that its figures keep out, too", () => {
  const registry = registryOf([account("a"), account("b")]);
  const headers = new Headers({
    "x-codex-primary-used-percent": "100",
    "x-codex-primary-window-minutes": "10080",
    "x-codex-primary-reset-after-seconds": "259200",
    "x-codex-secondary-used-percent": "7",
    "x-codex-secondary-window-minutes": "300",
  });
  const failure = { ...quota(259_200_000), headers };
  take(registry).settle({ kind: "failed", failure });
  assertEquals(take(registry).account.id, "b");
  registry.wake("a");
  assertEquals(take(registry).account.id, "a");
  const { windows = [] } = registry.get("a")?.quota?.limits.get("codex") ?? {};
  assertEquals(windows.map(({ used }) => used), [7]);
});

Deno.test("a spent pool leaves an account alone that is away for more than its block", () => {
  const [one] = untested("a");
  assert(one);
  one.failed({ kind: "risk_controlled", message, answer }, NOW);
  assertEquals(tries(registryOf([one])), undefined);
});

Deno.test("decisions remember no long text of a caller's", () => {
  const registry = registryOf([account("a")]);
  registry.acquire({
    tried: FRESH,
    sessionKey: undefined,
    model: "m".repeat(60_000),
  });
  assertEquals(registry.decisions.latest(1)[0]?.input.model, undefined);
});
