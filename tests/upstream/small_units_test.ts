/** The units that are a rule each: cookies, turn states, identity, proxies. */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { Login } from "../../lib/accounts/pool/credential.ts";
import { CookieJar } from "../../lib/upstream/cookies.ts";
import { identityOf } from "../../lib/upstream/auth/identity.ts";
import { checkProxies } from "../../lib/upstream/socket/proxy.ts";
import { TurnStates } from "../../lib/upstream/turn_state.ts";
import { FakeClock } from "../support/clock.ts";
import { prepared } from "./support.ts";

function setting(...cookies: readonly string[]): Headers {
  return new Headers(cookies.map((one) => ["set-cookie", one]));
}

function newClock(): FakeClock {
  return new FakeClock({ now: Date.UTC(2026, 9, 20) });
}

const [ANN, BOB, EVE] = [new Login(), new Login(), new Login()];

Deno.test("CookieJar keeps the four names of the client, per login", () => {
  const jar = new CookieJar(newClock().read);
  jar.store(
    ANN,
    setting(
      "__cf_bm=1==; path=/; Expires=Wed, 21 Oct 2026 07:28:00 GMT; HttpOnly",
      "oai-did=no",
      "__Secure-next-auth=no",
      "_cfuvid=2",
      "=no",
      "cf_clearance",
      "__CF_BM=no",
    ),
  );
  jar.store(ANN, setting("__cf_bm=3; path=/", "__cflb = 4 ; secure"));
  jar.store(BOB, setting("other=1"));
  assertEquals(jar.header(ANN), "__cf_bm=3; _cfuvid=2; __cflb=4");
  assertEquals(jar.header(BOB), undefined);
  assertEquals(jar.header(EVE), undefined);
});

const DELETIONS = [
  "cf_clearance=; Max-Age=0",
  "cf_clearance=;max-age=0",
  "cf_clearance=x; Max-Age=-1; path=/",
  "cf_clearance=; Expires=Thu, 01 Jan 1970 00:00:00 GMT",
  "cf_clearance=; expires=Thu, 01-Jan-1970 00:00:01 GMT; Max-Age=0",
  // The first of the two counts for more.
  "cf_clearance=x; Expires=Wed, 21 Oct 2036 07:28:00 GMT; Max-Age=0",
];

for (const line of DELETIONS) {
  Deno.test(`CookieJar deletes what is set by ${line}`, () => {
    const jar = new CookieJar(newClock().read);
    jar.store(ANN, setting(line));
    assertEquals(jar.header(ANN), undefined);
    jar.store(ANN, setting("cf_clearance=1", "_cfuvid=2"));
    jar.store(ANN, setting(line));
    assertEquals(jar.header(ANN), "_cfuvid=2");
    jar.store(ANN, setting("_cfuvid=; Max-Age=0"));
    assertEquals(jar.header(ANN), undefined);
  });
}

const LIFETIMES: ReadonlyArray<readonly [line: string, seconds: number]> = [
  ["__cf_bm=1; Max-Age=1800", 1800],
  ["__cf_bm=1; Expires=Tue, 20 Oct 2026 00:30:00 GMT", 1800],
  ["__cf_bm=1; Max-Age=60; Expires=Tue, 20 Oct 2026 00:30:00 GMT", 60],
  ["__cf_bm=1; Max-Age=soon; Expires=Tue, 20 Oct 2026 00:30:00 GMT", 1800],
  ["__cf_bm=1; Expires=some day", Infinity],
  ["__cf_bm=1", Infinity],
];

for (const [line, seconds] of LIFETIMES) {
  Deno.test(`CookieJar keeps ${line} for ${seconds} s`, () => {
    const clock = newClock();
    const jar = new CookieJar(clock.read);
    jar.store(ANN, setting(line));
    // A clock that is turned back makes nothing last longer.
    clock.now -= 30 * 24 * 3_600_000;
    clock.pass(1000 * Math.min(seconds, 1e9) - 1);
    assertEquals(jar.header(ANN), "__cf_bm=1");
    clock.pass(1);
    const left = seconds === Infinity ? "__cf_bm=1" : undefined;
    assertEquals(jar.header(ANN), left);
  });
}

Deno.test("CookieJar drops what has ended while the machine slept", () => {
  const clock = newClock();
  const jar = new CookieJar(clock.read);
  jar.store(ANN, setting("__cf_bm=1; Max-Age=1800"));
  clock.now += 1_800_000;
  assertEquals(jar.header(ANN), undefined);
});

Deno.test("CookieJar keeps no cookie of more than 4 kB", () => {
  const jar = new CookieJar(newClock().read);
  const value = "x".repeat(4096 - "__cf_bm".length);
  jar.store(ANN, setting(`__cf_bm=${value}`));
  jar.store(ANN, setting(`__cf_bm=${value}y`, `_cfuvid=${value}`));
  assertEquals(jar.header(ANN), `__cf_bm=${value}; _cfuvid=${value}`);
  jar.store(BOB, setting(`__cf_bm=${"x".repeat(20_000)}`));
  assertEquals(jar.header(BOB), undefined);
});

const REFUSALS: ReadonlyArray<
  readonly [status: number, had: string, kept: string | undefined, boolean]
> = [
  [400, "__cf_bm=1", undefined, true],
  [404, "__cf_bm=1", undefined, true],
  [431, "__cf_bm=1", undefined, true],
  [404, "", undefined, false],
  // A challenge, which comes with its cookies.
  [403, "__cf_bm=1", "__cf_bm=2", true],
  [403, "", "__cf_bm=2", true],
  [403, "__cf_bm=2", "__cf_bm=2", false],
];

for (const [status, had, kept, changed] of REFUSALS) {
  Deno.test(`CookieJar refused with ${status} after "${had}" holds ${kept}`, () => {
    const jar = new CookieJar(newClock().read);
    if (had) jar.store(ANN, setting(had));
    jar.store(BOB, setting("__cf_bm=1"));
    const answer = { status, headers: setting("__cf_bm=2") };
    assertEquals(jar.refused(ANN, answer), changed);
    assertEquals(jar.header(ANN), kept);
    assertEquals(jar.header(BOB), "__cf_bm=1");
  });
}

const NAME = "x-codex-turn-state";

Deno.test("TurnStates gives a value back to its issuer only", () => {
  const states = new TurnStates();
  states.issued(new Headers({ [NAME]: "one" }), ANN);
  states.issued(new Headers(), BOB);
  const request = prepared({ headers: [["x", "1"], [NAME, "one"]] });
  assertEquals(states.forLogin(request, ANN), request);
  assertEquals(states.forLogin(request, BOB).headers, [["x", "1"]]);
  const unknown = prepared({ headers: [[NAME, "two"]] });
  assertEquals(states.forLogin(unknown, ANN).headers, []);
  // The same value from another account later: it is that one's now.
  states.issued(new Headers({ [NAME]: "one" }), BOB);
  assertEquals(states.forLogin(request, BOB), request);
  assertEquals(states.forLogin(request, ANN).headers, [["x", "1"]]);
});

Deno.test("TurnStates remembers 10,000 values and forgets the oldest", () => {
  const states = new TurnStates();
  const kept = (value: string) =>
    states.forLogin(prepared({ headers: [[NAME, value]] }), ANN)
      .headers.length === 1;
  for (let n = 0; n <= 10_000; n++) {
    states.issued(new Headers({ [NAME]: `${n}` }), ANN);
  }
  assertEquals([kept("0"), kept("1"), kept("10000")], [false, true, true]);
});

Deno.test("TurnStates remembers long values without holding them", () => {
  const states = new TurnStates();
  const before = Deno.memoryUsage().heapUsed;
  const value = (n: number) => `${n} ${"x".repeat(50_000)}`;
  for (let n = 0; n < 2000; n++) states.remember(value(n), ANN);
  assert(Deno.memoryUsage().heapUsed - before < 50_000_000);
  assert(states.owns(value(0), ANN) && states.owns(value(1999), ANN));
  assert(!states.owns(value(0), BOB) && !states.owns(value(2000), ANN));
});

const SYSTEMS = [
  ["linux", "x86_64", "Linux Unknown; x86_64"],
  ["darwin", "aarch64", "Mac OS Unknown; arm64"],
  ["darwin", "x86_64", "Mac OS Unknown; x86_64"],
  ["windows", "x86_64", "Windows Unknown; x86_64"],
  ["linux", "aarch64", "Linux Unknown; aarch64"],
  ["freebsd", "x86_64", "freebsd Unknown; x86_64"],
] as const;

for (const [os, arch, system] of SYSTEMS) {
  Deno.test(`identityOf ${os} on ${arch} has the client's form`, () => {
    const { full, short } = identityOf("0.171.0", { os, arch });
    const agent = `codex_exec/0.171.0 (${system}) unknown`;
    const encodings = ["accept-encoding", "zstd,gzip"] as const;
    assertEquals(short, [
      ["originator", "codex_exec"],
      ["user-agent", agent],
      encodings,
    ]);
    assertEquals(full, [
      ["version", "0.171.0"],
      ["originator", "codex_exec"],
      ["user-agent", `${agent} (codex_exec; 0.171.0)`],
      encodings,
    ]);
  });
}

Deno.test("identityOf says what can be decoded since 0.171", () => {
  const line = ["accept-encoding", "zstd,gzip"] as const;
  const machine = { os: "linux", arch: "x86_64" };
  for (const version of ["0.171.0", "0.172.1-alpha.3", "1.0.0"]) {
    const { full, short } = identityOf(version, machine);
    assertEquals([full.at(-1), short.at(-1)], [line, line], version);
  }
  for (const version of ["0.169.0", "0.9.200"]) {
    const { full, short } = identityOf(version, machine);
    const names = [...full, ...short].map(([name]) => name);
    assertEquals(names.includes("accept-encoding"), false, version);
  }
});

const GOOD_PROXIES = [
  "http://proxy:3128",
  "https://proxy",
  "socks5://127.0.0.1:1080",
  "socks5h://u:p%40ss@proxy:1080",
  "HTTP://PROXY:1",
  "proxy:3128",
  "proxy",
  "127.0.0.1:8080",
  "[::1]:8080",
  "user:pass@proxy:3128",
  "http://user:@proxy:1",
  "http://:pass@proxy:1",
  "http://user:p:a@s%s@proxy:1",
  "http://proxy:1/path?x#y",
  "",
];

const BAD_PROXIES = [
  "socks4://proxy:1080",
  "socks://proxy:1080",
  "ftp://proxy",
  "http://",
  "http://proxy:99999",
  "http://pro xy",
  "://proxy",
  "proxy:port",
  "SOCKS5://proxy:1080",
  " http://proxy",
  "http://proxy ",
  "http:/proxy",
  "http:///proxy",
  "http:\\\\proxy",
  "http://proxy/a b",
];

/** `fetch` would go around these; what stands before the host is not quoted. */
const BAD_USERS = ["user@", "@", "u:p w@", "u:ü@", "u:^@", 'u:"@', "u:<@"];

for (const name of ["HTTP_PROXY", "https_proxy", "ALL_PROXY"]) {
  const check = (value: string) =>
    checkProxies((one) => one === name ? value : undefined);
  for (const value of GOOD_PROXIES) {
    Deno.test(`checkProxies takes ${name}=${value}`, () => {
      assertEquals(check(value), { ok: true, value: undefined });
    });
  }
  for (const user of BAD_USERS) {
    Deno.test(`checkProxies refuses ${user} before the host in ${name}`, () => {
      const checked = check(`http://${user}proxy:1`);
      assert(!checked.ok);
      assertStringIncludes(checked.error, `${name} "http://…@proxy:1"`);
    });
  }
  for (const value of BAD_PROXIES) {
    Deno.test(`checkProxies refuses ${name}=${value} by name`, () => {
      const checked = check(value);
      assert(!checked.ok);
      assertStringIncludes(checked.error, name);
      assertStringIncludes(checked.error, value);
    });
  }
}

Deno.test("checkProxies quotes no password", () => {
  const values = [
    "socks4://user:hunter2@proxy:1",
    "ftp://user:hun@hunter2@proxy",
    "user:hunter2@proxy:99999",
    "http://user:hunter2/@proxy:99999",
    "socks4://hunter2@proxy",
  ];
  for (const value of values) {
    const checked = checkProxies((name) =>
      name === "ALL_PROXY" ? value : undefined
    );
    if (checked.ok) continue;
    assert(!checked.error.includes("hunter2"), checked.error);
  }
});
