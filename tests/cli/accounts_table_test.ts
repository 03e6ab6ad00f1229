import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { setColorEnabled, stripAnsiCode } from "@std/fmt";
import { accountsText } from "../../lib/cli/accounts/accounts_table.ts";
import { shortIds } from "../../lib/accounts/pool/short_ids.ts";
import {
  cutTo,
  padTo,
  visible,
  widthOf,
} from "../../lib/cli/terminal/text_width.ts";
import { untilText } from "../../lib/cli/terminal/words.ts";
import type { AccountView } from "../../lib/server/account_view.ts";
import type { PoolView } from "../../lib/server/pool_view.ts";

const NOW = Date.UTC(2026, 10, 22, 12);
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

function view(id: string, fields: Partial<AccountView> = {}): AccountView {
  return {
    id,
    label: null,
    email: null,
    routing_state: "ready",
    blocked_reason: null,
    blocked_source: null,
    blocked_until: null,
    account_id: null,
    plan_type: null,
    refresh_in_flight: false,
    in_flight_requests: 0,
    access_token_expires_at: null,
    last_refresh_at: null,
    last_selected_at: null,
    last_success_at: null,
    last_error_at: null,
    last_error: null,
    duplicate_of: null,
    quota: null,
    persist_pending: false,
    signed_out_at: null,
    ...fields,
  };
}

const ERROR = "429: The usage limit has been reached, try again at 2 PM";

const ADA = view("5b544517476c5f626a5f99b24f30b0a2", {
  label: "ada",
  email: "ada@example.com",
  plan_type: "plus",
  routing_state: "cooldown",
  blocked_reason: "quota_exhausted",
  blocked_until: new Date(NOW + 2 * HOUR + 5 * MINUTE).toISOString(),
  in_flight_requests: 3,
  last_error: ERROR,
});
const TWIN = view("twin", {
  email: "ada@example.com",
  duplicate_of: "5b544517476c5f626a5f99b24f30b0a2",
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
  const pool = {
    accounts,
    invalid_files: [],
    accounts_dir: "/home/me/.codaze",
    ...more,
  };
  return stripAnsiCode(accountsText(pool, { now: NOW, columns, via }));
}

Deno.test("accountsText() is a table with the error behind it", () => {
  assertEquals(
    shown([ADA, TWIN]),
    `
LABEL  EMAIL            PLAN  STATE                      IN FLIGHT  UNTIL         ID        LAST ERROR
ada    ada@example.com  plus  cooldown, quota exhausted  3          in 2 h 5 min  5b544517  ${ERROR}
twin   ada@example.com        duplicate of 5b544517      0                        twin
`.trim(),
  );
});

Deno.test("accountsText() leaves out columns that are empty", () => {
  assertEquals(
    shown([view("a"), view("b", { label: "second" })]),
    `
LABEL   STATE  IN FLIGHT  ID
a       ready  0          a
second  ready  0          b`.trim(),
  );
});

Deno.test("accountsText() cuts errors at the terminal's edge", () => {
  const width = 130;
  const lines = shown([ADA, TWIN], { columns: width }).split("\n");
  assert(lines[1]?.endsWith("…"));
  assertEquals(lines.map(widthOf).filter((columns) => columns > width), []);
  assertEquals(widthOf(lines[1] ?? ""), width);
});

Deno.test("accountsText() gives errors a line where there is no room", () => {
  const [, row, below, ...rest] = shown([ADA], { columns: 100 }).split("\n");
  assert(row?.endsWith("5b544517"));
  assertEquals([below, rest], [`  └ ${ERROR}`, []]);
  const [, , narrow = ""] = shown([ADA], { columns: 30 }).split("\n");
  assertEquals(widthOf(narrow), 30);
});

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
    { routing_state: "risk_controlled", blocked_reason: "risk_controlled" },
    "risk controlled",
    undefined,
  ],
  [
    {
      routing_state: "auth_invalid",
      blocked_reason: "auth_invalid",
      signed_out_at: "2026-11-02T23:59:59Z",
    },
    "signed out, 2 Nov: codaze login",
    "codaze login brings an account back",
  ],
  [
    {
      routing_state: "auth_invalid",
      blocked_reason: "auth_invalid",
      signed_out_at: "2025-12-31T00:00:00Z",
    },
    "signed out, 31 Dec 2025: codaze login",
    "codaze accounts remove takes it off the list",
  ],
  // Of an older gateway.
  [
    { routing_state: "auth_invalid", blocked_reason: "auth_invalid" },
    "signed out: codaze login",
    "codaze login brings an account back",
  ],
  [{ persist_pending: true }, "ready, not saved yet", "make room on the disk"],
];

for (const [fields, state, advice] of STATES) {
  Deno.test(`accountsText() says "${state}"`, () => {
    const [, row = "", , ...more] = shown([view("a", fields)]).split("\n");
    assertStringIncludes(row, `  ${state}  `);
    assertEquals(more.length, advice === undefined ? 0 : 1);
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
    blocked_until: HOSTILE,
    duplicate_of: HOSTILE,
    last_error: HOSTILE,
  });
  const invalid_files = [{ file: HOSTILE, reason: HOSTILE }];
  const more = { invalid_files, accounts_dir: HOSTILE };
  for (const columns of [undefined, 40]) {
    for (const accounts of [[account], []]) {
      const pool = { accounts, ...more };
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
    const pool = { accounts: [ADA], invalid_files: [], accounts_dir: "/a" };
    const options = { now: NOW, columns: 200, via: "gateway" } as const;
    setColorEnabled(true);
    const painted = accountsText(pool, options);
    setColorEnabled(false);
    const plain = accountsText(pool, options);
    // deno-lint-ignore no-control-regex
    assert(/\x1b\[33mcooldown/.test(painted));
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
    }
  }
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
