/**
 * What is wrong, as far as the running gateway knows, each with its cure. The
 * doctor (`codaze doctor`) also asks the system and the hosts.
 */
import type { InvalidFile } from "../../accounts/pool/registry.ts";
import { STALL_MS } from "../../limits.ts";
import { durationText } from "../admin/duration_text.ts";
import type { Health, ProblemKind } from "../port/self_watch.ts";
import type { ShownAccount } from "./shown_account.ts";
import { counted, listed } from "./words.ts";

export interface ShownProblem {
  /** For programs; the words may change. */
  readonly kind: string;
  readonly text: string;
  /** What to do or to type; null: nothing, it passes. */
  readonly cure: string | null;
}

export interface ProblemFacts {
  readonly accounts: readonly ShownAccount[];
  readonly invalidFiles: readonly InvalidFile[];
  readonly accountsDir: string;
  readonly health: Health;
  /** Bugs that nobody caught. */
  readonly uncaught: number;
  /** How far our clock is ahead of the auth server's, in ms. */
  readonly aheadMs: number;
  /** Whether nothing was reached at the last try. */
  readonly isOffline: boolean;
}

export function problemsOf(facts: ProblemFacts): readonly ShownProblem[] {
  return [
    ...accountProblems(facts.accounts),
    ...fileProblems(facts),
    ...outsideProblems(facts),
    ...processProblems(facts),
  ];
}

function accountProblems(
  accounts: readonly ShownAccount[],
): readonly ShownProblem[] {
  const out = accounts.filter(({ state }) => state.words === "signed out");
  const unsaved = accounts.filter((one) => one.persist_pending);
  const twice = accounts.filter(({ label }) =>
    label !== null && accounts.filter((one) => one.label === label).length > 1
  );
  const doubles = accounts.filter((one) => one.duplicate_of !== null);
  return [
    ...about(out, {
      kind: "signed_out",
      text: (names, isOne) => `${names} ${isOne ? "is" : "are"} signed out.`,
      cure: "codaze login",
    }),
    ...about(unsaved, {
      kind: "not_saved",
      text: (names) => `The new tokens of ${names} are not on the disk yet.`,
      cure:
        "Make room on the disk, or make the accounts folder writable, before you stop Codaze.",
    }),
    ...about(doubles, {
      kind: "duplicate",
      text: (names, isOne) =>
        `${names} ${
          isOne ? "is a second sign-in" : "are second sign-ins"
        } of a person who has another account here, so ${
          isOne ? "it does" : "they do"
        } not serve.`,
      cure: null,
    }),
    ...twice.length === 0 ? [] : [{
      kind: "same_label",
      text: `${twice.length} accounts are called ${twice[0]?.name ?? ""}.`,
      cure: "codaze accounts rename ID LABEL",
    }],
  ];
}

function about(
  accounts: readonly ShownAccount[],
  { kind, text, cure }: {
    readonly kind: string;
    readonly text: (names: string, isOne: boolean) => string;
    readonly cure: string | null;
  },
): readonly ShownProblem[] {
  if (accounts.length === 0) return [];
  const names = listed(accounts.map(({ name }) => name));
  return [{ kind, text: text(names, accounts.length === 1), cure }];
}

/** How many files are named one by one. */
const MOST_FILES = 5;

function fileProblems(
  { invalidFiles, accountsDir }: ProblemFacts,
): readonly ShownProblem[] {
  const shown = invalidFiles.slice(0, MOST_FILES).map(({ file, reason }) => ({
    kind: "no_account",
    text: `${file} is no account: ${reason}.`,
    cure: `Mend it, or move it out of ${accountsDir}.`,
  }));
  const more = invalidFiles.length - shown.length;
  return more > 0
    ? [...shown, {
      kind: "no_account",
      text: `${counted(more, "more file")} are no accounts.`,
      cure: "codaze doctor",
    }]
    : shown;
}

/** A clock that is this far off makes tokens look spent. */
const CLOCK_OFF_MS = 60_000;

function outsideProblems(
  { aheadMs, isOffline }: ProblemFacts,
): readonly ShownProblem[] {
  return [
    ...isOffline
      ? [{
        kind: "network",
        text: "Nothing was reached at the last try.",
        cure: "codaze doctor",
      }]
      : [],
    ...aheadMs >= CLOCK_OFF_MS
      ? [{
        kind: "clock",
        text: `This machine's clock is ${durationText(aheadMs)} fast.`,
        cure: "Set the clock.",
      }]
      : [],
  ];
}

function processProblems(
  { health: { problems, ports, stalls }, uncaught }: ProblemFacts,
): readonly ShownProblem[] {
  const lost = Object.entries(ports ?? {}).filter(([, { losses }]) =>
    losses > 0
  );
  return [
    ...problems.map(({ kind, text }) => ({
      kind,
      text: `${text.charAt(0).toUpperCase()}${text.slice(1)}.`,
      cure: sentence(HEALTH_CURES[kind]),
    })),
    ...lost.map(([name, { losses }]) => ({
      kind: "port_lost",
      text: `The system has closed the ${name} port ${
        losses === 1 ? "once" : `${losses} times`
      }.`,
      cure: sentence(HEALTH_CURES.descriptors),
    })),
    ...stalls.recentMs >= STALL_MS
      ? [{
        kind: "stall",
        text: `Codaze stood still for ${
          (stalls.recentMs / 1000).toFixed(1)
        } s.`,
        cure: "See whether the machine is busy, and what the log says.",
      }]
      : [],
    ...uncaught > 0
      ? [{
        kind: "bug",
        text: `${counted(uncaught, "bug")} of Codaze that nothing caught.`,
        cure: "Report what the log says of it.",
      }]
      : [],
  ];
}

/** What helps against a problem of the process. */
export const HEALTH_CURES: Readonly<Record<ProblemKind, string>> = {
  descriptors:
    "raise the limit of descriptors (ulimit -n), or see what opens so many connections",
  port:
    "it tries again by itself, and ends after a minute; start it again then",
  memory: "restart it once its turns have ended",
};

function sentence(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
}
