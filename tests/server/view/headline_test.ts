import { assertEquals } from "@std/assert";
import {
  headline,
  type HeadlineAccount,
} from "../../../lib/server/view/headline.ts";

function account(
  name: string,
  serves = "now",
  at: string | null = null,
): HeadlineAccount {
  const words = serves === "invalid" ? "signed out" : serves;
  return {
    name,
    serves,
    serves_at: at,
    duplicate_of: serves === "duplicate" ? "x" : null,
    state: { mark: "ready", words, until: at },
  };
}

const figures = (kind: string, used_percent: number) => ({
  class: kind,
  minutes: 1,
  used_percent,
  resets_at: null,
});

const SOON = "2026-11-29T14:40:00Z";
const LATE = "2026-11-30T14:40:00Z";

const CASES: ReadonlyArray<
  [
    accounts: readonly HeadlineAccount[],
    windows: readonly ReturnType<typeof figures>[],
    expected: string,
  ]
> = [
  [[], [], "No account yet: codaze login"],
  [[account("ada")], [], "Ready. 1 account can serve."],
  [[account("ada"), account("bob")], [], "Ready. 2 accounts can serve."],
  [
    [account("ada"), account("bob")],
    [figures("short", 21), figures("week", 43)],
    "Ready. 57 % of this week and 79 % of the 5-hour windows are left.",
  ],
  [
    [account("ada")],
    [figures("long", 43)],
    "Ready. 57 % of this month is left.",
  ],
  [
    [account("ada", "spent", SOON), account("bob"), account("cy")],
    [],
    `2 of 3 accounts can serve; ada is back <${SOON}>.`,
  ],
  [
    [account("ada", "spent", LATE), account("bob", "kept", SOON), account("c")],
    [],
    `1 of 3 accounts can serve; bob is back <${SOON}>.`,
  ],
  [
    [account("ada", "paused"), account("bob"), account("bob2", "duplicate")],
    [],
    "1 of 2 accounts can serve; ada is paused.",
  ],
  [
    [account("ada", "spent"), account("bob")],
    [],
    "1 of 2 accounts can serve.",
  ],
  [
    [account("ada", "spent", LATE), account("bob", "quota_exhausted", SOON)],
    [],
    `Everything is used up; bob is back <${SOON}>.`,
  ],
  [[account("ada", "spent")], [], "Everything is used up."],
  [
    [account("ada", "rate_limited", SOON), account("bob", "paused")],
    [],
    `No account can serve just now; ada is back <${SOON}>.`,
  ],
  [
    [account("ada", "paused"), account("bob", "paused")],
    [],
    "All accounts are paused: resume one to go on.",
  ],
  [
    [account("ada", "paused")],
    [],
    "The account is paused: resume it to go on.",
  ],
  [
    [account("linus", "invalid")],
    [],
    "linus needs a new sign-in: codaze login",
  ],
  [
    [account("ada"), account("linus", "invalid"), account("bob", "invalid")],
    [],
    "Ready. 1 account can serve. linus and bob need a new sign-in: codaze login",
  ],
  [
    [
      account("a", "invalid"),
      account("b", "invalid"),
      account("c", "invalid"),
      account("d", "invalid"),
    ],
    [],
    "a, b and 2 others need a new sign-in: codaze login",
  ],
];

for (const [accounts, windows, expected] of CASES) {
  Deno.test(`headline: ${expected}`, () => {
    const parts = headline(accounts, windows);
    const text = parts.map((part) =>
      typeof part === "string" ? part : `<${part.at}>`
    );
    assertEquals(text.join(""), expected);
  });
}
