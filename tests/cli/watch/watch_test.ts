import { assertEquals, assertStringIncludes } from "@std/assert";
import { News } from "../../../lib/cli/watch/logs.ts";
import { patched } from "../../../lib/cli/watch/patched.ts";
import { readShown } from "../../../lib/cli/watch/shown.ts";
import { statusLines } from "../../../lib/cli/watch/status.ts";
import { tookText, turnLine } from "../../../lib/cli/watch/turn_words.ts";
import { accountOf, NOW, shownOf, turnOf } from "./shown_support.ts";

Deno.test("a patch replaces rows by id, takes out those that are gone, and keeps the rest", () => {
  const view = {
    seq: 3,
    pool: { can_serve: 1 },
    accounts: [{ id: "a", name: "a" }, { id: "b", name: "b" }],
    turns: [{ id: 1 }, { id: 2 }],
    decisions: [],
  };
  const next = patched(view, {
    seq: 4,
    accounts: [{ id: "b", name: "c" }],
    accounts_gone: ["a"],
    turns: [{ id: 3 }],
    turns_gone: [1],
  });
  assertEquals(next?.["accounts"], [{ id: "b", name: "c" }]);
  assertEquals(next?.["turns"], [{ id: 2 }, { id: 3 }]);
  assertEquals(next?.["pool"], { can_serve: 1 });
  assertEquals(patched(view, { seq: 5 }), undefined);
  assertEquals(patched({}, { seq: 5 }), undefined);
});

Deno.test("what is missing or odd in a view is left empty", () => {
  const now = "2026-11-22T13:58:39.120Z";
  const shown = readShown({
    now,
    pool: { headline: ["a ", { at: now }, { at: "x" }, 7], can_serve: "2" },
    about: {},
    accounts: [{ id: "b", name: "b", week: { left_percent: 700 } }, 7, {
      id: "a",
      name: "a",
    }],
    turns: [{ id: 1, outcome: "completed" }, { id: 2, outcome: "failed" }, {
      id: 0,
    }],
  });
  assertEquals(shown?.headline, ["a ", Date.parse(now)]);
  assertEquals(shown?.accounts.map(({ name }) => name), ["a", "b"]);
  assertEquals(shown?.accounts[1]?.week?.percent, 100);
  assertEquals(shown?.turns.map(({ id }) => id), [0, 2, 1]);
  assertEquals(shown?.canServe, 0);
  assertEquals(readShown({ now, pool: {} }), undefined);
});

const LINES: ReadonlyArray<readonly [string, Parameters<typeof turnOf>[0]]> = [
  [
    "13:58:29  main  gpt-6.2-sol, 3.2 s, first 420 ms, 9.8k (90 % cached) → 104 tokens; session is there",
    {},
  ],
  [
    "13:58:29  main  gpt-6.2-sol, failed: upstream had trouble, 3.2 s; from ada, used up until 14:40",
    {
      outcome: "failed",
      why: "upstream had trouble",
      firstEventMs: null,
      tokens: null,
      moved: {
        from: "ada",
        why: "used up",
        until: new Date(2026, 10, 22, 14, 40).getTime(),
      },
    },
  ],
  ["13:58:29  no account  gpt-6.2-sol, caller left", {
    name: "",
    rule: null,
    outcome: "caller_gone",
    ms: null,
    firstEventMs: null,
    tokens: null,
  }],
];

for (const [line, changes] of LINES) {
  Deno.test(`a line of codaze logs: ${line}`, () => {
    assertEquals(turnLine(turnOf(changes), NOW), line);
    assertEquals(line.length <= 100, true);
  });
}

const SPANS: ReadonlyArray<readonly [number | null, string]> = [
  [null, ""],
  [4, "4 ms"],
  [999, "1.0 s"],
  [9_940, "9.9 s"],
  [59_000, "59 s"],
  [185_000, "3 min"],
  [2 * 3_600_000 + 600_000, "2 h"],
];

for (const [ms, text] of SPANS) {
  Deno.test(`tookText(${ms}) is "${text}"`, () => {
    assertEquals(tookText(ms), text);
  });
}

Deno.test("news are told once, oldest first, and begin anew with the gateway", () => {
  const news = new News();
  const turns = [turnOf({ id: 3, outcome: null }), turnOf({ id: 2 }), turnOf()];
  const ids = (shown = shownOf({ turns })) =>
    news.in(shown).map(({ id }) => id);
  assertEquals(ids(), [1, 2]);
  assertEquals(ids(), []);
  assertEquals(
    ids(shownOf({ turns: [turnOf({ id: 3 }), ...turns.slice(1)] })),
    [
      3,
    ],
  );
  const { about } = shownOf();
  const later = shownOf({
    turns: [turnOf()],
    about: { ...about, startedAt: 1 },
  });
  assertEquals(ids(later), [1]);
});

Deno.test("codaze status has five lines, and a sixth if something is wrong", () => {
  const accounts = ["ada", "grace", "linus", "d", "e", "f", "g"]
    .map((name) => accountOf({ name }));
  const lines = statusLines(shownOf({ accounts, canServe: 6 }));
  assertEquals(lines, [
    "Codaze 0.4.0 is running since 11:58 (2 h)",
    "  serves    http://127.0.0.1:18039, and you on http://127.0.0.1:18040/",
    "  accounts  ada, grace, linus, d, e and 2 more; 6 of 7 can serve",
    "  left      Ready. 57 % of this week is left.",
    "  turns     0 under way, 1 ended",
  ]);
  const problems = [{ text: "a", cure: null }];
  const more = statusLines(shownOf({ problems, accounts: [] }));
  assertEquals(more[5], "  wrong     1 thing: codaze doctor");
  assertStringIncludes(more[2] ?? "", "none yet: codaze login");
});
