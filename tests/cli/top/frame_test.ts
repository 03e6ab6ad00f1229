import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { frame } from "../../../lib/cli/top/frame.ts";
import { lineText } from "../../../lib/cli/top/line.ts";
import { START, type TopState } from "../../../lib/cli/top/state.ts";
import { widthOf } from "../../../lib/cli/terminal/text_width.ts";
import type { Shown } from "../../../lib/cli/watch/shown.ts";
import { HOSTILE_LABELS } from "../../support/hostile_labels.ts";
import { accountOf, NOW, shownOf, turnOf } from "../watch/shown_support.ts";

const SIZES = [[80, 24], [200, 50], [100, 30], [40, 10], [12, 3]] as const;

const WIDE = ["日本語のアカウントの名前", "👨‍👩‍👧‍👦 family", "❤️ e\u0301", "🇩🇪"];

function many(count: number, names: readonly string[] = []): Shown {
  const name = (at: number) => names[at] ?? `acc${at + 1}`;
  return shownOf({
    accounts: Array.from(
      { length: count },
      (_, at) => accountOf({ id: `id${at}`, name: name(at) }),
    ),
    turns: [
      turnOf({ id: 99, outcome: null, ms: null, tokens: null }),
      ...Array.from(
        { length: 50 },
        (_, at) => turnOf({ id: 60 - at, name: name(at) }),
      ),
    ],
  });
}

function screen(
  changes: Partial<TopState>,
  columns: number,
  rows: number,
): readonly string[] {
  return frame({ ...START, ...changes }, { columns, rows, now: NOW })
    .map((line) => lineText(line, { columns, colours: false }));
}

const POOLS: ReadonlyArray<readonly [name: string, shown: Shown]> = [
  ["no account", shownOf({ accounts: [], turns: [] })],
  ["1 account", many(1)],
  ["3 accounts", many(3)],
  ["60 accounts", many(60)],
  ["wide names", many(4, WIDE)],
  ["hostile labels", many(HOSTILE_LABELS.length, HOSTILE_LABELS)],
];

for (const [columns, rows] of SIZES) {
  for (const [name, shown] of POOLS) {
    Deno.test(`${name} at ${columns} × ${rows} fill the screen, and no line wraps`, () => {
      const lines = screen({ shown }, columns, rows);
      assertEquals(lines.length, rows);
      for (const line of lines) {
        assert(widthOf(line) <= columns, line);
        assertEquals(/[\p{Cc}\p{Cf}]/u.test(line), false, line);
      }
    });
  }
}

for (const columns of [80, 100, 200]) {
  Deno.test(`columns of both tables stay in line at ${columns} columns`, () => {
    const lines = screen({ shown: many(4, WIDE) }, columns, 30);
    const at = (line: string, text: string) =>
      widthOf(line.slice(0, line.indexOf(text)));
    const head = lines.findIndex((line) => line.includes("WEEK LEFT"));
    for (const line of lines.slice(head + 1, head + 5)) {
      assertEquals(at(line, "█"), at(lines[head] ?? "", "WEEK LEFT"), line);
      assertEquals(at(line, "●"), at(lines[head] ?? "", "STATE"), line);
    }
    const turns = lines.findIndex((line) => line.includes("MODEL"));
    for (const line of lines.slice(turns + 1, turns + 5)) {
      assertEquals(at(line, "gpt"), at(lines[turns] ?? "", "MODEL"), line);
      assertEquals(at(line, "session"), at(lines[turns] ?? "", "WHY"), line);
    }
  });
}

Deno.test("at 80 × 24 there are three accounts, a turn under way and the last ten", () => {
  const lines = screen({ shown: many(3) }, 80, 24);
  const rows = lines.filter((line) => line.includes("gpt-6.2-sol"));
  assert(rows.length >= 11);
  assertStringIncludes(rows[0] ?? "", "▸");
  assertEquals(lines.filter((line) => line.includes("57 %")).length, 4);
});

Deno.test("sixty accounts leave ten rows to turns, and follow the chosen one", () => {
  const shown = many(60);
  const first = screen({ shown }, 80, 24);
  assertStringIncludes(first.join("\n"), "ACCOUNT 1–6 of 60");
  assertEquals(first.filter((line) => line.includes("gpt-")).length, 11);
  const last = screen({ shown, chosen: "id59" }, 80, 24);
  assertStringIncludes(last.join("\n"), "ACCOUNT 55–60 of 60");
  assertEquals(last.filter((line) => line.startsWith("> acc60")).length, 1);
});

Deno.test("many turns under way leave three rows to those that have ended", () => {
  const open = Array.from(
    { length: 40 },
    (_, at) => turnOf({ id: 100 - at, outcome: null, ms: null }),
  );
  const ended = [3, 2, 1].map((id) => turnOf({ id }));
  const shown = shownOf({ turns: [...open, ...ended] });
  const rows = screen({ shown }, 80, 24).filter((line) => /gpt-/.test(line));
  assertEquals(rows.filter((line) => !line.startsWith("▸")).length, 3);
});

Deno.test("a moved turn says from where, and until when if there is room", () => {
  const until = new Date(2026, 10, 22, 14, 40).getTime();
  const moved = { from: "ada", why: "used up", until };
  const shown = shownOf({ turns: [turnOf({ moved })] });
  const wide = screen({ shown }, 200, 50).join("\n");
  assertStringIncludes(wide, "from ada, used up until 14:40");
  assertStringIncludes(
    screen({ shown }, 80, 24).join("\n"),
    "from ada, used up",
  );
});

Deno.test("a screen that is not connected says so, and keeps what it had", () => {
  const text = screen({ shown: many(1), lost: "gone" }, 80, 24).join("\n");
  assertStringIncludes(text, "Not connected, trying again.");
  assertStringIncludes(text, "acc1");
  const state: TopState = { ...START, shown: many(1), lost: "gone" };
  const spans = frame(state, { columns: 80, rows: 24, now: NOW })
    .slice(0, -1).flat();
  const loud = spans.filter(({ style }) => style !== "dim");
  assertEquals(loud.map(({ text: one }) => one.trim()), [
    "Not connected, trying again.",
  ]);
});

Deno.test("colours change no width, and are left out without colours", () => {
  const state = { ...START, shown: many(3) };
  const lines = frame(state, { columns: 80, rows: 24, now: NOW });
  for (const line of lines) {
    const coloured = lineText(line, { columns: 80, colours: true });
    const plain = lineText(line, { columns: 80, colours: false });
    // deno-lint-ignore no-control-regex
    assertEquals(coloured.replaceAll(/\x1b\[\d*m/g, ""), plain);
  }
});
