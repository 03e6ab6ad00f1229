/**
 * Chooses and runs the command. Exit codes: 0 all good, 1 something failed,
 * 2 bad arguments.
 */
import { print } from "./terminal/output.ts";
import { serve } from "./serve.ts";
import { versionLine } from "./process/version.ts";

type Command = (args: readonly string[]) => Promise<number>;

/** All commands but `serve` are loaded on demand, because they cost memory. */
const COMMANDS: Readonly<Record<string, Command>> = {
  serve,
  demo: async (args) => (await import("./demo.ts")).demo(args),
  accounts: async (args) =>
    (await import("./accounts/accounts.ts")).accounts(args),
  usage: async (args) => (await import("./usage/usage.ts")).usage(args),
  policy: async (args) => (await import("./decisions/policy.ts")).policy(args),
  explain: async (args) =>
    (await import("./decisions/explain.ts")).explain(args),
  replay: async (args) => (await import("./decisions/replay.ts")).replay(args),
  probe: async (args) => (await import("./probe/probe.ts")).probe(args),
  import: async (args) =>
    (await import("./import/import.ts")).importFiles(args),
  doctor: async (args) => (await import("./doctor/doctor.ts")).doctor(args),
  selftest: async (args) =>
    (await import("./selftest/selftest.ts")).selftest(args),
  service: async (args) => (await import("./service/service.ts")).service(args),
  login: async (args) => (await import("./login/login.ts")).login(args),
  setup: async (args) => (await import("./setup/setup.ts")).setup(args),
  connect: async (args) => (await import("./connect/connect.ts")).connect(args),
  disconnect: async (args) =>
    (await import("./connect/connect.ts")).disconnect(args),
  upgrade: async (args) => (await import("./upgrade.ts")).upgrade(args),
  completions: async (args) =>
    (await import("./help/completions.ts")).completions(args),
  help,
};

export async function run(args: readonly string[]): Promise<number> {
  const [first = "", ...rest] = args;
  if (asks(args, "--help", "-h")) return await help(leadingWords(args));
  if (asks(args, "--version", "-V") || first === "version") {
    print(versionLine());
    return 0;
  }
  if (first === "" || first.startsWith("-")) return await serve(args);

  const command = Object.hasOwn(COMMANDS, first) ? COMMANDS[first] : undefined;
  return command ? await command(rest) : unknown(first);
}

/** Those before the first option: a command, and what it is to do. */
function leadingWords(args: readonly string[]): readonly string[] {
  const end = args.findIndex((arg) => arg.startsWith("-"));
  return end < 0 ? args : args.slice(0, end);
}

function asks(args: readonly string[], ...names: readonly string[]): boolean {
  return args.some((arg) => names.includes(arg));
}

async function help(words: readonly string[]): Promise<number> {
  return (await import("./help/help.ts")).help(words);
}

async function unknown(word: string): Promise<number> {
  return (await import("./help/help.ts")).unknownCommand(word);
}
