/**
 * Chooses and runs the command. Exit codes: 0 all good, 1 something failed,
 * 2 bad arguments.
 */
import { HELP } from "./help.ts";
import { failUsage, print } from "./terminal/output.ts";
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
};

export async function run(args: readonly string[]): Promise<number> {
  const [first = ""] = args;
  if (args.includes("--help") || args.includes("-h")) {
    print(HELP);
    return 0;
  }
  if (args.includes("--version")) {
    print(versionLine());
    return 0;
  }
  if (first === "" || first.startsWith("-")) return await serve(args);

  const command = Object.hasOwn(COMMANDS, first) ? COMMANDS[first] : undefined;
  if (command) return await command(args.slice(1));
  const names = Object.keys(COMMANDS).join(", ");
  return failUsage(
    `Unknown command "${first}": expected one of ${names}; codaze --help tells more`,
  );
}
