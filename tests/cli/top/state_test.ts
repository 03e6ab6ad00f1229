import { assertEquals } from "@std/assert";
import { keysIn } from "../../../lib/cli/top/keys.ts";
import { changes } from "../../../lib/cli/top/screen.ts";
import {
  accountsOf,
  chosenAccount,
  pressed,
  START,
  type TopState,
  turnsOf,
} from "../../../lib/cli/top/state.ts";
import { accountOf, shownOf, turnOf } from "../watch/shown_support.ts";

const left = (percent: number) => ({ percent, resetsAt: null, running: true });

const STATE: TopState = {
  ...START,
  shown: shownOf({
    accounts: [
      accountOf({ name: "ada", week: left(50), inFlight: 1 }),
      accountOf({ name: "grace", week: left(10), mark: "limited" }),
      accountOf({ name: "linus", week: null, mark: "needs_you", inFlight: 2 }),
    ],
    turns: [turnOf({ name: "ada" }), turnOf({ name: "linus", model: "other" })],
  }),
};

function after(...keys: readonly string[]): TopState {
  return keys.reduce((state, key) => pressed(state, key).state, STATE);
}

const names = (state: TopState) => accountsOf(state).map(({ name }) => name);

const KEYS: ReadonlyArray<readonly [string, readonly string[]]> = [
  ["q", ["q"]],
  ["\x1b[A\x1bOB", ["up", "down"]],
  ["\x1b", ["escape"]],
  ["\x1b[15~j", ["j"]],
  ["\x1bx", []],
  ["\x03", ["interrupt"]],
  ["aé日\r\x7f", ["a", "é", "日", "enter", "backspace"]],
  ["\x1b[5~\x1b[6~\x1b[H\x1b[F", ["page_up", "page_down", "home", "end"]],
];

for (const [text, keys] of KEYS) {
  Deno.test(`keysIn(${JSON.stringify(text)})`, () => {
    assertEquals(keysIn(text), keys);
  });
}

Deno.test("s sorts by name, week, 5 h, state and turns, and begins again", () => {
  const orders = [1, 2, 3, 4, 5].map((count) =>
    names(after(...Array<string>(count).fill("s"))).join(" ")
  );
  assertEquals(orders, [
    "grace ada linus",
    "ada grace linus",
    "linus grace ada",
    "linus ada grace",
    "ada grace linus",
  ]);
});

Deno.test("a filter is typed, kept by Enter and cleared by Esc", () => {
  const typed = after("/", "G", "r", "q", "backspace");
  assertEquals([typed.filter, typed.isTyping], ["Gr", true]);
  assertEquals(names(typed), ["grace"]);
  const kept = pressed(typed, "enter").state;
  assertEquals([kept.filter, kept.isTyping], ["Gr", false]);
  assertEquals(pressed(kept, "escape").state.filter, "");
  assertEquals(turnsOf(after("/", "o", "t", "h")).length, 1);
});

Deno.test("the chosen account moves, and stays chosen when the order changes", () => {
  assertEquals(chosenAccount(after())?.name, "ada");
  assertEquals(chosenAccount(after("down", "s"))?.name, "grace");
  assertEquals(chosenAccount(after("up"))?.name, "ada");
  assertEquals(chosenAccount(after("end", "j", "j", "k"))?.name, "grace");
  assertEquals(chosenAccount(after("/", "x", "x"))?.name, undefined);
});

Deno.test("p, w and q are wishes, but not while a filter is typed", () => {
  const wish = (state: TopState, key: string) => pressed(state, key).wish;
  assertEquals(wish(STATE, "q"), { kind: "quit" });
  assertEquals(wish(after("/"), "q"), undefined);
  assertEquals(wish(after("/"), "interrupt"), { kind: "quit" });
  for (const [key, kind] of [["p", "pause"], ["w", "wake"]] as const) {
    const asked = wish(after("down"), key);
    assertEquals(asked?.kind, kind);
    assertEquals(asked && "account" in asked && asked.account.name, "grace");
  }
  assertEquals(wish({ ...STATE, lost: "gone" }, "p"), undefined);
  assertEquals(wish(after("/", "x", "enter"), "p"), undefined);
});

Deno.test("only lines that differ are written, each from its own start", () => {
  assertEquals(
    changes(["a", "b", "c"], ["a", "B", ""]),
    [
      "\x1b[2;1H\x1b[2KB",
      "\x1b[3;1H\x1b[2K",
    ].join(""),
  );
  assertEquals(changes(["a"], ["a"]), "");
  assertEquals(changes([], ["", "b"]), "\x1b[2;1H\x1b[2Kb");
});
