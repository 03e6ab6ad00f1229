/**
 * All commands but `serve`. Each is loaded on demand, because it costs memory.
 */

/** Takes the arguments behind its name, and returns the exit code. */
export type Command = (args: readonly string[]) => Promise<number>;

export const COMMANDS: Readonly<Record<string, Command>> = {
  demo: async (args) => (await import("./demo.ts")).demo(args),
  top: async (args) => (await import("./top/top.ts")).top(args),
  status: async (args) => (await import("./watch/status.ts")).status(args),
  logs: async (args) => (await import("./watch/logs.ts")).logs(args),
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
  help: async (words) => (await import("./help/help.ts")).help(words),
};

/** What to do about a word that names no command. Returns the exit code. */
export async function unknown(word: string): Promise<number> {
  return (await import("./help/help.ts")).unknownCommand(word);
}
