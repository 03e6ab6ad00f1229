/** The units that are a rule each: cookies, turn states, identity, proxies. */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { CookieJar } from "../../lib/upstream/cookies.ts";
import { identityOf } from "../../lib/upstream/identity.ts";
import { checkProxies } from "../../lib/upstream/proxy.ts";
import { TurnStates } from "../../lib/upstream/turn_state.ts";
import { prepared } from "./support.ts";

function setting(...cookies: readonly string[]): Headers {
  return new Headers(cookies.map((one) => ["set-cookie", one]));
}

Deno.test("CookieJar keeps the four names of the client, per account", () => {
  const jar = new CookieJar();
  jar.store(
    "a",
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
  jar.store("a", setting("__cf_bm=3; path=/", "__cflb = 4 ; secure"));
  jar.store("b", setting("other=1"));
  assertEquals(jar.header("a"), "__cf_bm=3; _cfuvid=2; __cflb=4");
  assertEquals(jar.header("b"), undefined);
  assertEquals(jar.header("c"), undefined);
});

const NAME = "x-codex-turn-state";

Deno.test("TurnStates gives a value back to its issuer only", () => {
  const states = new TurnStates();
  states.issued(new Headers({ [NAME]: "one" }), "a");
  states.issued(new Headers(), "b");
  const request = prepared({ headers: [["x", "1"], [NAME, "one"]] });
  assertEquals(states.forAccount(request, "a"), request);
  assertEquals(states.forAccount(request, "b").headers, [["x", "1"]]);
  const unknown = prepared({ headers: [[NAME, "two"]] });
  assertEquals(states.forAccount(unknown, "a").headers, []);
  // The same value from another account later: it is that one's now.
  states.issued(new Headers({ [NAME]: "one" }), "b");
  assertEquals(states.forAccount(request, "b"), request);
  assertEquals(states.forAccount(request, "a").headers, [["x", "1"]]);
});

Deno.test("TurnStates remembers 10,000 values and forgets the oldest", () => {
  const states = new TurnStates();
  const kept = (value: string) =>
    states.forAccount(prepared({ headers: [[NAME, value]] }), "a")
      .headers.length === 1;
  for (let n = 0; n <= 10_000; n++) {
    states.issued(new Headers({ [NAME]: `${n}` }), "a");
  }
  assertEquals([kept("0"), kept("1"), kept("10000")], [false, true, true]);
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
    const { full, short } = identityOf("0.169.0", { os, arch });
    const agent = `codex_exec/0.169.0 (${system}) unknown`;
    assertEquals(short, [["originator", "codex_exec"], ["user-agent", agent]]);
    assertEquals(full, [
      ["version", "0.169.0"],
      ["originator", "codex_exec"],
      ["user-agent", `${agent} (codex_exec; 0.169.0)`],
    ]);
  });
}

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
];

for (const name of ["HTTP_PROXY", "https_proxy", "ALL_PROXY"]) {
  const check = (value: string) =>
    checkProxies((one) => one === name ? value : undefined);
  for (const value of GOOD_PROXIES) {
    Deno.test(`checkProxies takes ${name}=${value}`, () => {
      assertEquals(check(value), { ok: true, value: undefined });
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
