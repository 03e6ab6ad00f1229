import { assertEquals } from "@std/assert";
import { Login } from "../../lib/accounts/pool/credential.ts";
import { CookieJar } from "../../lib/upstream/cookies.ts";
import { FakeClock } from "../support/clock.ts";

const NOW = Date.UTC(2026, 10, 22, 12);
const HOUR = 3_600_000;

/** A jar of one login, and the clock to move. */
function scene() {
  const clock = new FakeClock({ now: NOW });
  const jar = new CookieJar(clock.read);
  const login = new Login();
  return { jar, login, clock };
}

function setting(...lines: readonly string[]): Headers {
  return new Headers(lines.map((line): [string, string] => [
    "set-cookie",
    line,
  ]));
}

const STORED: ReadonlyArray<
  [what: string, lines: readonly string[], header: string | undefined]
> = [
  [
    "the four names",
    ["__cf_bm=1", "__cflb=2", "_cfuvid=3", "cf_clearance=4"],
    "__cf_bm=1; __cflb=2; _cfuvid=3; cf_clearance=4",
  ],
  ["no other name", ["session=1", "__cf_bm2=1"], undefined],
  ["the later of two", ["__cf_bm=1", "__cf_bm=2"], "__cf_bm=2"],
  [
    "4096 bytes",
    [`__cf_bm=${"x".repeat(4089)}`],
    `__cf_bm=${"x".repeat(4089)}`,
  ],
  ["not 4097 bytes", [`__cf_bm=${"x".repeat(4090)}`], undefined],
  ["none that has ended", ["__cf_bm=1; Max-Age=0"], undefined],
  ["none of a negative age", ["__cf_bm=1", "__cf_bm=2; Max-Age=-1"], undefined],
  [
    "Max-Age before Expires",
    ["__cf_bm=1; Max-Age=60; Expires=Thu, 01 Jan 1970 00:00:00 GMT"],
    "__cf_bm=1",
  ],
];

for (const [what, lines, header] of STORED) {
  Deno.test(`CookieJar keeps ${what}`, () => {
    const { jar, login } = scene();
    jar.store(login, setting(...lines));
    assertEquals(jar.header(login), header);
    assertEquals(jar.header(new Login()), undefined);
  });
}

Deno.test("CookieJar keeps a cookie as long as upstream says", () => {
  const { jar, login, clock } = scene();
  const expires = new Date(NOW + HOUR).toUTCString();
  jar.store(
    login,
    setting("__cf_bm=1; Max-Age=60", `__cflb=2; Expires=${expires}`),
  );
  clock.pass(60_000);
  assertEquals(jar.header(login), "__cflb=2");
  clock.pass(HOUR - 60_000);
  assertEquals(jar.header(login), undefined);
});

const REFUSALS: ReadonlyArray<
  [
    status: number,
    lines: readonly string[],
    header: string | undefined,
    changed: boolean,
  ]
> = [
  // A challenge brings the cookies that will do.
  [403, ["__cf_bm=2"], "__cf_bm=2", true],
  [403, ["__cf_bm=1"], "__cf_bm=1", false],
  [403, [], undefined, true],
  [400, ["__cf_bm=2"], undefined, true],
  [431, [], undefined, true],
];

for (const [status, lines, header, changed] of REFUSALS) {
  Deno.test(`CookieJar after ${status} that sets "${lines}" has ${header}`, () => {
    const { jar, login } = scene();
    jar.store(login, setting("__cf_bm=1"));
    const refusal = { status, headers: setting(...lines) };
    assertEquals(jar.refused(login, refusal), changed);
    assertEquals(jar.header(login), header);
  });
}

Deno.test("CookieJar has nothing to give up for a login without cookies", () => {
  const { jar, login } = scene();
  const refusal = { status: 403, headers: setting() };
  assertEquals(jar.refused(login, refusal), false);
});
