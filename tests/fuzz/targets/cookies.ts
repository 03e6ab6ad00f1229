/** Set-Cookie lines: what goes back fits into one header line. */
import { Login } from "../../../lib/accounts/pool/credential.ts";
import { CookieJar } from "../../../lib/upstream/cookies.ts";
import { bytesOf, holds, type Target, textOf } from "../target.ts";
import { FakeClock } from "../../support/clock.ts";

/** What a header line may be (RFC 9110, section 5.5). */
const SENT = /^[\t\x20-\x7e\x80-\xff]*$/;
const KEPT = /^(?:__cf_bm|__cflb|_cfuvid|cf_clearance)=/;

export const COOKIES: Target = {
  name: "cookies",
  samples: [
    "__cf_bm=abc.def-1; path=/; expires=Sun, 29-Nov-26 08:00:00 GMT; HttpOnly",
    "cf_clearance=; Max-Age=0",
    "__cflb=x; Expires=Thu, 01 Jan 1970 00:00:00 GMT\n_cfuvid=y; Max-Age=60",
    "session=1; Path=/\n__cf_bm=z; Domain=chatgpt.com; SameSite=None; Secure",
  ].map(bytesOf),
  words: [
    "__cf_bm=",
    "_cfuvid=",
    "; Max-Age=",
    "; Expires=",
    ";",
    "=",
    ",",
    "\n",
    '"',
    "__Host-x=1",
    "Max-Age=-1",
    "Max-Age=1e99",
    "Expires=GMT",
    "Domain=.",
  ],
  check: (input, random) => {
    const clock = new FakeClock({ now: 1_764_374_400_000 });
    const jar = new CookieJar(clock.read);
    const login = new Login();
    const headers = new Headers();
    for (const line of textOf(input).split("\n")) {
      // Neither of the runtime's two clients lets other lines in.
      if (SENT.test(line)) headers.append("set-cookie", line);
    }
    jar.store(login, headers);
    clock.pass(random.pick([0, 1_000, 1e9]));
    const header = jar.header(login);
    if (header === undefined) return;
    holds(SENT.test(header), "no header can hold it");
    holds(header.length <= 4 * 4_096 + 8, "longer than four cookies");
    for (const one of header.split("; ")) {
      holds(KEPT.test(one), `kept: ${one.slice(0, 40)}`);
    }
    const other = new Login();
    holds(jar.header(other) === undefined, "told to another login");
  },
};
