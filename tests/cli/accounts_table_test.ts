import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { setColorEnabled, stripAnsiCode } from "@std/fmt";
import { accountsText } from "../../lib/cli/accounts/accounts_table.ts";
import { shortIds } from "../../lib/accounts/pool/short_ids.ts";
import {
  cutMiddle,
  cutTo,
  padTo,
  visible,
  widthOf,
  wrapped,
} from "../../lib/cli/terminal/text_width.ts";
import { agoText, localText, untilText } from "../../lib/cli/terminal/words.ts";
import type { AccountView } from "../../lib/server/admin/account_view.ts";
import type { PoolView } from "../../lib/server/admin/pool_view.ts";
import type { WindowView } from "../../lib/server/admin/quota_view.ts";
import { errorWords } from "../../lib/cli/accounts/account_words.ts";
import {
  at,
  HOUR,
  NOW,
  poolOf,
  quota,
  short,
  view,
  week,
} from "./account_views.ts";

const MINUTE = 60_000;

const ADA = view("5b544517476c5f626a5f99b24f30b0a2", {
  label: "ada",
  email: "ada@example.com",
  plan_type: "plus",
  routing_state: "cooldown",
  blocked_reason: "quota_exhausted",
  serves: "quota_exhausted",
  serves_at: at(2 * HOUR + 5 * MINUTE),
  in_flight_requests: 3,
});
const TWIN = view("twin", {
  email: "ada@example.com",
  duplicate_of: "5b544517476c5f626a5f99b24f30b0a2",
  serves: "duplicate",
});

interface Shown {
  readonly columns?: number;
  readonly via?: "gateway" | "folder";
  readonly more?: Partial<PoolView>;
}

function shown(
  accounts: readonly AccountView[],
  { columns, via = "gateway", more = {} }: Shown = {},
): string {
  const pool = poolOf(accounts, more);
  return stripAnsiCode(accountsText(pool, { now: NOW, columns, via }));
}

Deno.test("accountsText() is a table and a line about the pool", () => {
  assertEquals(
    shown([ADA, TWIN]),
    `
LABEL            PLAN  STATE             WEEK  5H  IN FLIGHT  UNTIL         ID
ada              plus  out of quota      –     –   3          in 2 h 5 min  5b544517
ada@example.com        duplicate of ada  –     –   0                        twin

2 accounts, 0 can serve
`.trim(),
  );
});

Deno.test("accountsText() leaves out columns that are empty", () => {
  const known = quota([week(10, HOUR)]);
  assertEquals(
    shown([
      view("a", { quota: { ...known, plan_type: null } }),
      view("b", { label: "second", quota: { ...known, plan_type: null } }),
    ]),
    `
LABEL   STATE  WEEK  RESETS  IN FLIGHT  ID
a       ready  90%   in 1 h  0          a
second  ready  90%   in 1 h  0          b

2 accounts, 2 can serve`.trim(),
  );
});

const LEFT: ReadonlyArray<
  [says: string, windows: readonly WindowView[], ageMs?: number]
> = [
  ["57%  79%", [week(43, HOUR), short(21, HOUR)]],
  ["57%*  fresh", [week(43, HOUR), short(0, HOUR)], 16 * MINUTE],
  ["57%  79%", [week(43, HOUR), short(21, HOUR)], 15 * MINUTE],
  ["0%", [week(100, HOUR)]],
  ["<1%", [week(99.6, HOUR)]],
  ["fresh", [week(0, HOUR)]],
  ["0%", [short(100, HOUR)]],
  ["60% of 30 d", [{ ...week(40, HOUR), class: "long", minutes: 43_200 }]],
  ["–  –", []],
];

for (const [says, windows, ageMs = 0] of LEFT) {
  Deno.test(`accountsText() shows what is left as "${says}"`, () => {
    const known = quota(windows, { ageMs });
    const [, row = ""] = shown([view("a", { quota: known })]).split("\n");
    assertStringIncludes(
      row.replaceAll(/ +/g, " "),
      `ready ${says} `
        .replaceAll(/ +/g, " "),
    );
  });
}

/** When the error was, and when the account has served since. */
const ERRORS: ReadonlyArray<
  [name: string, fields: Partial<AccountView>, says: string | undefined]
> = [
  ["with its age", { last_error_at: at(-3 * MINUTE) }, "3 min ago: boom (500)"],
  [
    "not once the account has served since",
    { last_error_at: at(-3 * MINUTE), last_success_at: at(-2 * MINUTE) },
    undefined,
  ],
  [
    "also if the account has served before",
    { last_error_at: at(-2 * MINUTE), last_success_at: at(-3 * MINUTE) },
    "2 min ago: boom (500)",
  ],
  ["not for ever", { last_error_at: at(-2 * HOUR) }, undefined],
  [
    "for as long as the account is out",
    { last_error_at: at(-2 * HOUR), serves: "risk_controlled" },
    "2 h ago: boom (500)",
  ],
  [
    "not if the state says the same",
    { last_error_at: at(-MINUTE), serves: "quota_exhausted" },
    undefined,
  ],
  ["of an older gateway", { last_error_at: null }, "└ boom (500)"],
];

for (const [name, fields, says] of ERRORS) {
  Deno.test(`accountsText() shows an error ${name}`, () => {
    const account = view("a", { last_error: "500: boom", ...fields });
    const text = shown([account]);
    assertEquals(text.includes("boom"), says !== undefined);
    assertStringIncludes(text, says ?? "");
  });
}

const WORDS: ReadonlyArray<[error: string, words: string]> = [
  [
    "429: The usage limit has been reached",
    "The usage limit has been reached (429)",
  ],
  ['403: {"code":"deactivated_workspace"}', "deactivated workspace (403)"],
  ['400: {"detail":"No such model"}', "No such model (400)"],
  ["403: {}", "upstream answered 403"],
  ["502: <html><h1>Bad gateway", "upstream answered 502"],
  ["502: ", "upstream answered 502"],
  ["connection reset", "connection reset"],
];

for (const [error, words] of WORDS) {
  Deno.test(`errorWords() says "${words}"`, () => {
    assertEquals(errorWords(error), words);
  });
}

Deno.test("accountsText() says what an empty pool needs", () => {
  const text = shown([]);
  for (const words of ["/home/me/.codaze", "codaze login", "codaze import"]) {
    assertStringIncludes(text, words);
  }
});

Deno.test("accountsText() lists files that are no account", () => {
  const invalid_files = [{ file: "half.json", reason: "no JSON object" }];
  const text = shown([view("a")], { more: { invalid_files } });
  assertStringIncludes(text, "half.json: no JSON object");
});

const STATES: ReadonlyArray<
  [fields: Partial<AccountView>, state: string, advice: string | undefined]
> = [
  [{ routing_state: "cold" }, "cold", undefined],
  [{ routing_state: "warming" }, "warming", undefined],
  [
    { routing_state: "risk_controlled", serves: "risk_controlled" },
    "risk controlled",
    undefined,
  ],
  [{ serves: "paused" }, "paused", undefined],
  [{ serves: "spent" }, "used up", undefined],
  [{ serves: "kept", keep: 20 }, "down to 20%", undefined],
  [{ serves: "rate_limited" }, "rate limited", undefined],
  [{ serves: "temporarily_unavailable" }, "unavailable", undefined],
  [{ serves: "constructor" }, "constructor", undefined],
  [
    {
      routing_state: "auth_invalid",
      serves: "invalid",
      signed_out_at: "2026-11-02T23:59:59Z",
    },
    "signed out, 2 Nov: codaze login",
    "codaze login brings an account back",
  ],
  [
    {
      routing_state: "auth_invalid",
      serves: "invalid",
      signed_out_at: "2025-12-31T00:00:00Z",
    },
    "signed out, 31 Dec 2025: codaze login",
    "codaze accounts remove takes it off the list",
  ],
  // Of an older gateway.
  [
    { routing_state: "auth_invalid", serves: "invalid" },
    "signed out: codaze login",
    "codaze login brings an account back",
  ],
  [{ persist_pending: true }, "ready, not saved yet", "make room on the disk"],
];

for (const [fields, state, advice] of STATES) {
  Deno.test(`accountsText() says "${state}"`, () => {
    const [, row = "", , ...more] = shown([view("a", fields)]).split("\n");
    assertStringIncludes(row, `  ${state}  `);
    // The last one is about the pool.
    assertEquals(more.length, advice === undefined ? 1 : 2);
    assertStringIncludes(more.join("\n"), advice ?? "");
  });
}

Deno.test("accountsText() says that the folder was read, not a gateway", () => {
  const text = shown([view("a")], { via: "folder" });
  assertStringIncludes(text, "no gateway runs");
});

const HOSTILE = "\x1b[2J\x1b]0;title\x07a\rb\nc\u009b31m\u202edcba\u2028";

Deno.test("no field can paint the terminal or break the table", () => {
  const account = view(HOSTILE, {
    label: HOSTILE,
    email: HOSTILE,
    plan_type: HOSTILE,
    routing_state: HOSTILE,
    blocked_reason: HOSTILE,
    serves: HOSTILE,
    serves_at: HOSTILE,
    duplicate_of: HOSTILE,
    last_error: HOSTILE,
  });
  const invalid_files = [{ file: HOSTILE, reason: HOSTILE }];
  const more = { invalid_files, accounts_dir: HOSTILE };
  for (const columns of [undefined, 40]) {
    for (const accounts of [[account], []]) {
      const pool = poolOf(accounts, more);
      setColorEnabled(false);
      const text = accountsText(pool, { now: NOW, columns, via: "folder" });
      assert(!/[\p{Cc}\p{Cf}\u2028]/u.test(text.replaceAll("\n", "")), text);
      assertStringIncludes(text, "\\u{1b}[2J");
    }
  }
});

Deno.test({
  name: "accountsText() paints only if colours are on",
  // With NO_COLOR nothing can switch them on.
  ignore: Deno.noColor,
  fn() {
    const pool = poolOf([ADA]);
    const options = { now: NOW, columns: 200, via: "gateway" } as const;
    setColorEnabled(true);
    const painted = accountsText(pool, options);
    setColorEnabled(false);
    const plain = accountsText(pool, options);
    // deno-lint-ignore no-control-regex
    assert(/\x1b\[33mout of quota/.test(painted));
    assertEquals(stripAnsiCode(painted), plain);
  },
});

const WIDTHS: ReadonlyArray<[text: string, columns: number]> = [
  ["", 0],
  ["abc", 3],
  ["日本語", 6],
  ["한글", 4],
  ["ｆｕｌｌ", 8],
  ["🦀", 2],
  ["👩‍👩‍👧", 2],
  ["🇩🇪", 2],
  ["❤️", 2],
  ["é", 1],
  ["e\u0301", 1],
  ["ñandú", 5],
  ["…─└", 3],
];

for (const [text, columns] of WIDTHS) {
  Deno.test(`"${text}" has ${columns} columns`, () => {
    assertEquals(widthOf(text), columns);
    assertEquals(widthOf(padTo(text, 10)), 10);
    assertEquals(visible(text), text);
  });
}

Deno.test("a cut text is never wider, and never half a character", () => {
  for (
    const text of [
      "日本語テキスト",
      "👩‍👩‍👧👩‍👩‍👧👩‍👩‍👧",
      "e\u0301e\u0301e\u0301e\u0301",
      "plain text",
    ]
  ) {
    for (let width = 1; width < 12; width++) {
      const cut = cutTo(text, width);
      assert(widthOf(cut) <= width, `${cut} in ${width}`);
      assert(cut === text || cut.endsWith("…"));
      assert(text.startsWith(cut.replace(/…$/, "")));
      const middle = cutMiddle(text, width);
      assert(widthOf(middle) <= width, `${middle} in ${width}`);
      const [start = "", end = ""] = middle.split("…");
      assert(text.startsWith(start) && text.endsWith(end), middle);
    }
  }
});

Deno.test("wrapped() breaks between words", () => {
  assertEquals(wrapped("one two three", 7), ["one two", "three"]);
  assertEquals(wrapped("one twothree", 4), ["one", "twothree"]);
  assertEquals(wrapped("", 4), [""]);
});

Deno.test("agoText() says how long ago, and nothing of no time", () => {
  assertEquals(agoText(at(-3 * MINUTE), NOW), "3 min ago");
  assertEquals(agoText(at(-500), NOW), "just now");
  assertEquals(agoText(at(MINUTE), NOW), "just now");
  assertEquals([agoText(null, NOW), localText("soon")], ["", ""]);
});

const UNTIL: ReadonlyArray<[after: number, words: string]> = [
  [-1, "now"],
  [0, "now"],
  [400, "in 1 s"],
  [59_000, "in 59 s"],
  [MINUTE, "in 1 min"],
  [12 * MINUTE, "in 12 min"],
  [HOUR, "in 1 h"],
  [2 * HOUR + 5 * MINUTE + 59_000, "in 2 h 5 min"],
  [24 * HOUR, "in 1 d"],
  [76 * HOUR, "in 3 d 4 h"],
];

for (const [after, words] of UNTIL) {
  Deno.test(`untilText() says "${words}" ${after} ms before`, () => {
    assertEquals(untilText(new Date(NOW + after).toISOString(), NOW), words);
  });
}

Deno.test("untilText() says nothing of no time", () => {
  assertEquals([untilText(null, NOW), untilText("soon", NOW)], ["", ""]);
});

Deno.test("shortIds() keeps eight characters, or what tells ids apart", () => {
  const ids = ["main", "5b544517476c5f62", "work-account-1", "work-account-2"];
  assertEquals(Object.fromEntries(shortIds([...ids, "work-account"])), {
    "5b544517476c5f62": "5b544517",
    "main": "main",
    "work-account": "work-account",
    "work-account-1": "work-account-1",
    "work-account-2": "work-account-2",
  });
});
