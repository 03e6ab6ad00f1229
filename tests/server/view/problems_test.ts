import { assertEquals } from "@std/assert";
import type { Health } from "../../../lib/server/port/self_watch.ts";
import { Stalls } from "../../../lib/server/port/stalls.ts";
import {
  type ProblemFacts,
  problemsOf,
} from "../../../lib/server/view/problems.ts";
import { sampleAccount } from "./sample.ts";

const HEALTHY: Health = {
  problems: [],
  ports: undefined,
  stalls: new Stalls(),
  descriptors: undefined,
  memoryLimit: 1,
};

const WELL: ProblemFacts = {
  accounts: [sampleAccount("ada")],
  invalidFiles: [],
  accountsDir: "/home/ada/.codaze",
  health: HEALTHY,
  uncaught: 0,
  aheadMs: 0,
  isOffline: false,
};

const OUT = { mark: "needs_you", words: "signed out", until: null } as const;

const CASES: ReadonlyArray<
  [facts: Partial<ProblemFacts>, text: string, cure: string | null]
> = [
  [
    { accounts: [sampleAccount("ada", { state: OUT })] },
    "ada is signed out.",
    "codaze login",
  ],
  [
    {
      accounts: ["ada", "bob"].map((id) => sampleAccount(id, { state: OUT })),
    },
    "ada and bob are signed out.",
    "codaze login",
  ],
  [
    { accounts: [sampleAccount("ada", { persist_pending: true })] },
    "The new tokens of ada are not on the disk yet.",
    "Make room on the disk, or make the accounts folder writable, before you stop Codaze.",
  ],
  [
    { accounts: [sampleAccount("ada", { duplicate_of: "x" })] },
    "ada is a second sign-in of a person who has another account here, so it does not serve.",
    null,
  ],
  [
    {
      accounts: [
        sampleAccount("a", { label: "work", name: "work" }),
        sampleAccount("b", { label: "work", name: "work" }),
      ],
    },
    "2 accounts are called work.",
    "codaze accounts rename ID LABEL",
  ],
  [
    { invalidFiles: [{ file: "notes.json", reason: "it is not JSON" }] },
    "notes.json is no account: it is not JSON.",
    "Mend it, or move it out of /home/ada/.codaze.",
  ],
  [
    { isOffline: true },
    "Nothing was reached at the last try.",
    "codaze doctor",
  ],
  [
    { aheadMs: 2 * 3_600_000 },
    "This machine's clock is 2 h fast.",
    "Set the clock.",
  ],
  [
    {
      health: {
        ...HEALTHY,
        problems: [{ kind: "memory", text: "memory is short" }],
      },
    },
    "Memory is short.",
    "Restart it once its turns have ended.",
  ],
  [
    { uncaught: 2 },
    "2 bugs of Codaze that nothing caught.",
    "Report what the log says of it.",
  ],
];

for (const [facts, text, cure] of CASES) {
  Deno.test(`problems: ${text}`, () => {
    const found = problemsOf({ ...WELL, ...facts });
    assertEquals(found.map((one) => [one.text, one.cure]), [[text, cure]]);
  });
}

Deno.test("problems: nothing is wrong", () => {
  assertEquals(problemsOf(WELL), []);
  assertEquals(problemsOf({ ...WELL, aheadMs: 59_000 }), []);
});

Deno.test("problems: of many files some are named, the others counted", () => {
  const invalidFiles = Array.from({ length: 9 }, (_, at) => ({
    file: `${at}.json`,
    reason: "it is empty",
  }));
  const found = problemsOf({ ...WELL, invalidFiles });
  assertEquals(found.length, 6);
  assertEquals(found.at(-1)?.text, "4 more files are no accounts.");
});
