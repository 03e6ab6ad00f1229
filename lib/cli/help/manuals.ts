/**
 * The help pages of all commands, in the order of `codaze help`. Completions
 * and "did you mean" read them, too.
 */
import type { Manual } from "./manual.ts";

const JSON_OPTION = ["--json", "print JSON for a program"] as const;

/** What one runs to serve, or to try it. */
const RUNNING: readonly Manual[] = [
  {
    name: "serve",
    words: "",
    summary: "run the gateway; codaze alone does the same",
    more: [
      "Serves Codex and the OpenAI SDKs on the public port, and you on the admin port, until Ctrl-C. A second Ctrl-C ends it at once.",
    ],
    examples: [
      ["codaze", "with the defaults"],
      [
        "codaze --listen 127.0.0.1:8080 --log-level debug",
        "on another port, and tell more",
      ],
    ],
    exits: [
      [0, "stopped as asked"],
      [1, "cannot start, or a port was lost"],
      [2, "bad arguments"],
      [130, "a second Ctrl-C"],
    ],
  },
  {
    name: "demo",
    words: "",
    summary: "try it on a built-in simulator; nothing leaves this machine",
    examples: [
      ["codaze demo", "three simulated accounts, one of them spent"],
      ["codaze demo --log-level debug", "with each attempt in the log"],
    ],
  },
  {
    name: "service",
    words: "install|uninstall|status|print [FLAGS]",
    summary: "run the gateway in the background, from the start of a session",
    more: [
      "As a service of systemd (Linux) or launchd (macOS), for this user, with the flags that follow.",
    ],
    options: [
      ["--env NAME[=VALUE]", "give the service a variable; repeatable"],
      ["--program PATH", "another executable than this one"],
      ["--force", "replace a unit that was changed by hand"],
      ["--systemd, --launchd", "which of the two print shows"],
    ],
    examples: [
      ["codaze service install", "install it and start it"],
      ["codaze service status", "is it running, and does it answer?"],
    ],
  },
];

/** What leads Codex to the gateway, and back. */
const CONNECTING: readonly Manual[] = [
  {
    name: "setup",
    words: "",
    summary: "from nothing to the first answer, step by step",
    more: [
      "Signs in, installs the service, connects Codex and sends a first turn. Each step asks, and can be skipped.",
    ],
    examples: [
      ["codaze setup", "the whole way"],
      ["codaze setup --accounts-dir ~/pool", "with another folder"],
    ],
  },
  {
    name: "connect",
    words: "",
    summary: "point Codex on this machine at the gateway",
    more: [
      "Puts a line into Codex's config.toml, shows it, and asks. Every other byte of the file stays.",
    ],
    options: [
      ["--status", "let Codex's /status show the pool, by a second line"],
      ["--yes", "do not ask; needed where there is no terminal"],
    ],
    examples: [
      ["codaze connect", "Codex goes through Codaze from its next start"],
      ["codaze connect --status --yes", "with both lines, in a script"],
    ],
  },
  {
    name: "disconnect",
    words: "",
    summary: "take out what connect has put in",
    options: [["--yes", "do not ask; needed where there is no terminal"]],
    examples: [
      ["codaze disconnect", "Codex goes to OpenAI directly again"],
      ["codaze disconnect --yes", "in a script"],
    ],
  },
];

/** What one does to sign accounts in, and to take care of them. */
const ACCOUNTS: readonly Manual[] = [
  {
    name: "login",
    words: "",
    summary: "add an account, or sign one in again",
    more: [
      "Signs in with a browser on this machine; with --device, by a code on any machine.",
    ],
    options: [
      ["--label NAME", "how you call the account"],
      ["--device", "sign in by a code"],
    ],
    examples: [
      ["codaze login --label main", "add an account called main"],
      ["codaze login --device", "on a machine without a browser"],
    ],
  },
  {
    name: "import",
    words: "[FILE...]",
    summary: "take in an existing sign-in",
    more: [
      "A file is an auth.json of Codex, an account file, or a refresh token; without a file, one of them on standard input. Each is checked with one refresh, which uses up the token in the file.",
    ],
    options: [
      ["--label NAME", "how you call the account"],
      ["--no-check", "do not refresh now"],
      ["--yes", "import even the file that Codex on this machine uses"],
    ],
    examples: [
      ["codaze import old/auth.json", "a sign-in that no Codex uses"],
      ["codaze import --label spare < token.txt", "a refresh token"],
    ],
  },
  {
    name: "accounts",
    words: "[NAME]",
    summary: "what is left of each account, and when it is back",
    more: [
      "With a name, all about one account. A name is a label, an email or an id, or the start of one if no other account begins like it.",
    ],
    options: [
      ["--fresh", "read upstream's pages of usage first"],
      JSON_OPTION,
    ],
    examples: [
      ["codaze accounts", "all accounts"],
      ["codaze accounts main", "everything about main"],
    ],
  },
  {
    name: "accounts pause",
    words: "NAME...",
    summary: "give accounts no new turns",
    examples: [
      ["codaze accounts pause main", "leave main alone"],
      ["codaze accounts pause main spare", "two at once"],
    ],
  },
  {
    name: "accounts resume",
    words: "NAME...",
    summary: "let paused accounts serve again",
    examples: [
      ["codaze accounts resume main", "use main again"],
      ["codaze accounts resume main spare", "two at once"],
    ],
  },
  {
    name: "accounts prefer",
    words: "NAME [N]",
    summary: "let an account serve before others",
    more: ["N is its priority, -9 to 9; 1 if left out. 0 undoes it."],
    examples: [
      ["codaze accounts prefer main", "main first"],
      ["codaze accounts prefer spare -1", "spare last"],
    ],
  },
  {
    name: "accounts keep",
    words: "NAME PERCENT",
    summary: "leave a part of an account's windows to yourself",
    examples: [
      ["codaze accounts keep main 20", "stop at 20 % left"],
      ["codaze accounts keep main 0", "use all of it"],
    ],
  },
  {
    name: "accounts rename",
    words: "NAME NEW",
    summary: "give an account another label",
    examples: [
      ["codaze accounts rename main work", "main is called work from now on"],
      ["codaze accounts rename 28b3 work", "named by the start of its id"],
    ],
  },
  {
    name: "accounts wake",
    words: "NAME",
    summary: "end an account's cooldown",
    options: [["--all", "all accounts"]],
    examples: [
      ["codaze accounts wake main", "try main again"],
      ["codaze accounts wake --all", "try all of them"],
    ],
  },
  {
    name: "accounts refresh",
    words: "NAME",
    summary: "refresh an account's token now",
    more: ["Codaze does this by itself when a token is about to expire."],
    examples: [
      ["codaze accounts refresh main", "and say until when it is good"],
      ["codaze accounts refresh me@example.com", "named by its email"],
    ],
  },
  {
    name: "accounts remove",
    words: "NAME",
    summary: "move an account to the trash",
    more: [
      "Its file goes to trash/ in the accounts folder, from where codaze import takes it in again. The sign-in is not revoked at OpenAI.",
    ],
    options: [["--yes", "do not ask; needed where there is no terminal"]],
    examples: [
      ["codaze accounts remove spare", "asks first"],
      ["codaze accounts remove spare --yes", "in a script"],
    ],
  },
  {
    name: "accounts reset-credit",
    words: "NAME",
    summary: "show a reset of limits that may be asked for, and spend it",
    options: [["--confirm VALUE", "spend it; VALUE is what was shown"]],
    examples: [
      ["codaze accounts reset-credit main", "is there one?"],
      ["codaze accounts reset-credit main --confirm 4f1c", "spend it"],
    ],
  },
];

/** What one asks of a running gateway. */
const WATCHING: readonly Manual[] = [
  {
    name: "top",
    words: "",
    summary: "accounts and turns on the screen, as they change",
    more: [
      "Keys: q quits, ? lists the others. Where there is no terminal that can move its cursor, it prints the screen once.",
    ],
    examples: [
      ["codaze top", "until q"],
      ["codaze top | cat", "once"],
    ],
  },
  {
    name: "status",
    words: "",
    summary: "is it running, since when, for whom, and what is left",
    examples: [
      ["codaze status", "five lines"],
      ["codaze status >/dev/null && echo runs", "in a script"],
    ],
    exits: [
      [0, "it is running"],
      [1, "it is not"],
      [2, "bad arguments"],
    ],
  },
  {
    name: "logs",
    words: "",
    summary: "the latest turns, a line for each",
    options: [
      ["-f, --follow", "go on with those that follow, until Ctrl-C"],
      ["--account NAME", "only those of an account; NAME may be its start"],
      ["--failed", "only those that failed"],
    ],
    examples: [
      ["codaze logs", "the last fifty"],
      ["codaze logs -f --account main", "what main does from now on"],
    ],
  },
  {
    name: "usage",
    words: "",
    summary: "turns and tokens by day",
    options: [
      ["--days N", "how many days"],
      ["--by account|model", "a row for each"],
      JSON_OPTION,
    ],
    examples: [
      ["codaze usage", "the last days"],
      ["codaze usage --days 30 --by account", "who did how much this month"],
    ],
  },
  {
    name: "policy",
    words: "[NAME]",
    summary: "how the running gateway chooses an account",
    examples: [
      ["codaze policy", "show it"],
      ["codaze policy fill_first", "change it"],
    ],
  },
  {
    name: "explain",
    words: "",
    summary: "who would serve now, and why",
    options: [
      ["--session ID", "for this session"],
      ["--model M", "for this model"],
    ],
    examples: [
      ["codaze explain", "for a new session"],
      ["codaze explain --model gpt-6.2-sol", "for one model"],
    ],
  },
  {
    name: "replay",
    words: "FILE",
    summary: "make recorded decisions again, perhaps by another policy",
    options: [["--policy NAME", "by this policy"]],
    examples: [
      ["codaze replay decisions.json", "are they the same?"],
      ["codaze replay decisions.json --policy fill_first", "what if?"],
    ],
  },
];

/** What one runs when something is wrong. */
const CHECKING: readonly Manual[] = [
  {
    name: "doctor",
    words: "",
    summary: "check what a gateway needs here, and say how to fix it",
    options: [JSON_OPTION],
    examples: [
      ["codaze doctor", "what is wrong?"],
      ["codaze doctor --json", "the same for a program"],
    ],
    exits: [
      [0, "nothing is wrong"],
      [1, "something is"],
      [2, "bad arguments"],
    ],
  },
  {
    name: "selftest",
    words: "",
    summary: "play twenty faults of upstream on the simulator",
    options: [JSON_OPTION],
    examples: [
      ["codaze selftest", "takes a few seconds"],
      ["codaze selftest --json", "the same for a program"],
    ],
  },
  {
    name: "probe",
    words: "",
    summary: "ask which form of a turn the models take",
    more: ["Spends four small turns of your accounts, and asks before."],
    options: [
      ["--lite MODEL", "the model to ask in the lite form"],
      ["--classic MODEL", "the model to ask in the classic form"],
      ["--yes", "do not ask"],
      JSON_OPTION,
    ],
    examples: [
      ["codaze probe", "with models of the list"],
      ["codaze probe --lite gpt-6.2-sol --yes", "with one that you choose"],
    ],
  },
];

/** What is about the command line itself. */
const SHELL: readonly Manual[] = [
  {
    name: "help",
    words: "[COMMAND]",
    summary: "this list, or all about one command",
    examples: [
      ["codaze help accounts keep", "one command"],
      ["codaze help flags", "the flags that every command takes"],
    ],
  },
  {
    name: "upgrade",
    words: "",
    summary: "print the command that brings a newer version",
    more: ["It fits how Codaze was installed. Nobody is asked for a version."],
    examples: [
      ["codaze upgrade", "what to type"],
      ["codaze upgrade 2>/dev/null | sh", "and do it"],
    ],
  },
  {
    name: "completions",
    words: "bash|zsh|fish",
    summary: "print what completes words in your shell",
    examples: [
      ["codaze completions bash >> ~/.bash_completion", "for bash"],
      ["codaze completions fish | source", "for this fish"],
    ],
  },
];

/** By heading of the list. */
export const GROUPS: ReadonlyArray<
  readonly [heading: string, manuals: readonly Manual[]]
> = [
  ["Run it", RUNNING],
  ["Codex", CONNECTING],
  ["Accounts", ACCOUNTS],
  ["See what it does", WATCHING],
  ["When something is wrong", CHECKING],
  ["This command line", SHELL],
];

export const MANUALS: readonly Manual[] = GROUPS.flatMap(([, all]) => all);

/** The page of `words`, which may have more words than the command. */
export function manualOf(words: readonly string[]): Manual | undefined {
  const [first = "", second = ""] = words;
  const byName = (name: string) =>
    MANUALS.find((manual) => manual.name === name);
  return byName(`${first} ${second}`) ?? byName(first);
}
