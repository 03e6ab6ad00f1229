import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { stripAnsiCode } from "@std/fmt";
import { accountDetails } from "../../lib/cli/accounts/account_details.ts";
import { localText } from "../../lib/cli/terminal/words.ts";
import type { AccountView } from "../../lib/server/admin/account_view.ts";
import {
  at,
  DAY,
  HOUR,
  NOW,
  quota,
  short,
  view,
  week,
} from "./account_views.ts";

function details(account: AccountView): string {
  const options = { accountsDir: "/home/me/.codaze", twin: "ada", now: NOW };
  return stripAnsiCode(accountDetails(account, options));
}

/** As printed: by the clock of the machine that runs the test. */
function moment(ms: number, words: string): string {
  return `${localText(at(ms))} (${words})`;
}

Deno.test("accountDetails() says all that is known", () => {
  const [usual] = quota([week(79, 2 * DAY), short(100, 3 * HOUR)]).limits;
  assert(usual);
  const luna = {
    ...usual,
    id: "codex_luna",
    name: "gpt-6-luna",
    windows: [week(0, 7 * DAY)],
  };
  const blocked = {
    ...usual,
    blocked_until: at(3 * HOUR),
    recheck_at: at(900_000),
  };
  const known = quota([], {
    limits: [blocked, luna],
    credits: { has_credits: true, unlimited: false, balance: "12" },
    reset_credits: 1,
    spend: { reached: true, used_percent: 100, resets_at: at(DAY) },
  });
  const text = details(view("5b544517476c5f62", {
    label: "ada",
    email: "ada@example.test",
    serves: "quota_exhausted",
    serves_at: at(3 * HOUR),
    in_flight_requests: 2,
    priority: 1,
    keep: 20,
    weight: 5,
    quota: known,
    last_success_at: at(-3 * HOUR),
    last_error: "429: The usage limit has been reached",
    last_error_at: at(-HOUR),
    access_token_expires_at: at(3 * DAY),
    last_refresh_at: at(-DAY),
  }));
  const soon = moment(3 * HOUR, "in 3 h");
  assertEquals(
    text,
    `
ada (ada@example.test), plus
  state         out of quota, until ${soon}, 2 in flight
  week          21% left, resets ${moment(2 * DAY, "in 2 d")}
  5 h           0% left, resets ${soon}
  block         refused until ${soon}; looked at again in 15 min
  week          fresh: it begins with the next turn of gpt-6-luna
  figures       1 min ago, from an answer
  credits       12 left
  resets        1 reset to spend
  spending cap  reached, 100% used, resets ${moment(DAY, "in 1 d")}
  settings      priority 1, keeps 20%, weight 5
  last turn     3 h ago
  last error    1 h ago: The usage limit has been reached (429)
  sign-in       token good until ${moment(3 * DAY, "in 3 d")}, refreshed 1 d ago
  file          /home/me/.codaze/5b544517476c5f62.json
  id            5b544517476c5f62`.trim(),
  );
});

Deno.test("accountDetails() says what it does not know", () => {
  assertEquals(
    details(view("a")),
    `
a
  state     ready
  quota     nothing is known yet
  settings  priority 0, keeps 0%, weight by its plan
  sign-in   no access token yet
  file      /home/me/.codaze/a.json
  id        a`.trim(),
  );
});

const LINES: ReadonlyArray<[fields: Partial<AccountView>, line: string]> = [
  [{ paused: true }, "settings  paused, priority 0"],
  [{ serves: "duplicate" }, "state     duplicate of ada"],
  [
    { serves: "invalid", signed_out_at: at(-DAY) },
    "state     signed out, 21 Nov: codaze login",
  ],
  [
    { quota: quota([week(40, DAY)], { ageMs: HOUR, source: "saved" }) },
    "figures   1 h ago, from before the start of the gateway (old)",
  ],
  [
    { quota: quota([{ ...week(40, DAY), class: "long", minutes: 43_200 }]) },
    `30 days   60% left, resets ${moment(DAY, "in 1 d")}`,
  ],
  [
    { quota: quota([{ ...short(40, HOUR), minutes: null }]) },
    "short window  60% left",
  ],
  [
    {
      quota: quota([], {
        credits: { has_credits: false, unlimited: true, balance: null },
      }),
    },
    "credits   unlimited",
  ],
];

for (const [fields, line] of LINES) {
  Deno.test(`accountDetails() has "${line}"`, () => {
    assertStringIncludes(details(view("a", fields)), `  ${line}`);
  });
}

Deno.test("a signed-out account shows no file: it is in the trash", () => {
  assert(!details(view("a", { serves: "invalid" })).includes("a.json"));
});

Deno.test("no field of an account can paint the terminal", () => {
  const hostile = "\x1b[2J\r\n\u202e";
  const text = details(view(hostile, {
    label: hostile,
    last_error: hostile,
    serves: hostile,
    serves_at: hostile,
    quota: quota([{ ...week(1, DAY), resets_at: hostile, class: hostile }], {
      source: hostile,
      observed_at: hostile,
      plan: hostile,
    }),
  }));
  assert(!/[\p{Cc}\p{Cf}]/u.test(text.replaceAll("\n", "")), text);
});
