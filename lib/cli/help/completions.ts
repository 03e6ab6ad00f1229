/**
 * `codaze completions bash|zsh|fish`: a script that completes commands, options
 * and the names of accounts in that shell.
 */
import { FLAGS } from "../../config/flags.ts";
import { nearest } from "../../config/nearest.ts";
import { cut } from "../../protocol/quote.ts";
import { failUsage, print } from "../terminal/output.ts";
import { manualOf, MANUALS } from "./manuals.ts";

const SHELLS: Readonly<Record<string, () => string>> = { bash, zsh, fish };

export function completions(args: readonly string[]): Promise<number> {
  const [shell = "", ...more] = args;
  const script = Object.hasOwn(SHELLS, shell) ? SHELLS[shell] : undefined;
  if (script !== undefined && more.length === 0) {
    print(script());
    return Promise.resolve(0);
  }
  const names = Object.keys(SHELLS);
  const meant = nearest(shell, names);
  const hint = meant === undefined ? "" : `; did you mean ${meant}?`;
  return Promise.resolve(
    failUsage(
      `Cannot use "${cut(script ? more.join(" ") : shell)}": expected one of ${
        names.join(", ")
      }${hint}`,
    ),
  );
}

interface Word {
  readonly word: string;
  readonly help: string;
}

const MAIN: readonly Word[] = MANUALS
  .filter(({ name }) => !name.includes(" "))
  .map(({ name, summary }) => ({ word: name, help: summary }));

/** The words that may follow a command, by its name. */
function wordsAfter(command: string): readonly Word[] {
  if (command === "help") {
    return [...MAIN, { word: "flags", help: "all flags" }];
  }
  const below = MANUALS.filter(({ name }) => name.startsWith(`${command} `))
    .map(({ name, summary }) => ({
      word: name.slice(command.length + 1),
      help: summary,
    }));
  if (below.length > 0) return below;
  const [choices = ""] = (manualOf([command])?.words ?? "").split(" ");
  return choices.includes("|")
    ? choices.split("|").map((word) => ({ word, help: "" }))
    : [];
}

/** All options of a command and of what stands below it. */
function optionsOf(command: string): readonly Word[] {
  const own = MANUALS
    .filter(({ name }) => name.split(" ")[0] === command)
    .flatMap(({ options = [] }) => options)
    .flatMap(([option, help]) =>
      [...option.matchAll(/--[a-z-]+/g)].map(([word]) => ({ word, help }))
    );
  return own.filter(({ word }, at) =>
    own.findIndex((other) => other.word === word) === at
  );
}

const FLAG_WORDS: readonly Word[] = [
  ...Object.values(FLAGS).map(({ name, help }) => ({
    word: `--${name}`,
    help,
  })),
  { word: "--help", help: "help of this command" },
  { word: "--version", help: "the version of codaze" },
];

function list(words: readonly Word[]): string {
  return words.map(({ word }) => word).join(" ");
}

function bash(): string {
  const cases = MAIN.map(({ word }) =>
    `    ${word}) words="${list(wordsAfter(word))}"; own="${
      list(optionsOf(word))
    }" ;;`
  ).join("\n");
  return `# Completes codaze in bash.
_codaze() {
  local now="\${COMP_WORDS[COMP_CWORD]}" words="" own=""
  if ((COMP_CWORD == 1)); then
    words="${list(MAIN)}"
  fi
  case "\${COMP_WORDS[1]}" in
${cases}
  esac
  if ((COMP_CWORD > 2)); then words=""; fi
  if [[ $now == -* ]]; then words="$own ${list(FLAG_WORDS)}"; fi
  COMPREPLY=($(compgen -W "$words" -- "$now"))
}
complete -o default -F _codaze codaze`;
}

function zsh(): string {
  const cases = MAIN.map(({ word }) =>
    `    ${word}) words=(${described(wordsAfter(word), zshWord)}); own=(${
      described(optionsOf(word), zshWord)
    }) ;;`
  ).join("\n");
  return `#compdef codaze
# Completes codaze in zsh.
_codaze() {
  local -a words own flags main
  local command=$words[2]
  main=(${described(MAIN, zshWord)})
  flags=(${described(FLAG_WORDS, zshWord)})
  local at=$CURRENT
  command=\${\${(z)BUFFER}[2]}
  if ((at == 2)) && [[ $PREFIX != -* ]]; then
    _describe command main
    return
  fi
  words=()
  case "$command" in
${cases}
  esac
  if [[ $PREFIX == -* ]]; then
    _describe option own
    _describe flag flags
  elif ((at == 3 && $#words > 0)); then
    _describe word words
  else
    _files
  fi
}
compdef _codaze codaze`;
}

function fish(): string {
  const rule = (when: string, { word, help }: Word) => {
    const name = word.startsWith("--")
      ? `-l ${word.slice(2)}`
      : `-f -a ${word}`;
    const what = help === "" ? "" : ` -d ${quoted(help)}`;
    return `complete -c codaze${when} ${name}${what}`;
  };
  const after = MAIN.flatMap(({ word }) => {
    const when = ` -n "__fish_seen_subcommand_from ${word}"`;
    return [...wordsAfter(word), ...optionsOf(word)].map((one) =>
      rule(when, one)
    );
  });
  const first = ' -n "__fish_use_subcommand"';
  return [
    "# Completes codaze in fish.",
    ...MAIN.map((word) => rule(first, word)),
    ...after,
    ...FLAG_WORDS.map((word) => rule("", word)),
  ].join("\n");
}

function described(
  words: readonly Word[],
  shown: (word: Word) => string,
): string {
  return words.map(shown).join(" ");
}

function zshWord({ word, help }: Word): string {
  return quoted(help === "" ? word : `${word}:${help}`);
}

/** A word of a POSIX shell, zsh or fish. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
