/**
 * `codaze service install|uninstall|status|print`: makes systemd or launchd
 * run the gateway.
 *
 * Writes files only. This program has no permission to run others, so it prints
 * the commands for the service manager. They alone go to standard output, so
 * that `codaze service install | sh` runs them.
 */
import { exists } from "@std/fs";
import { systemRuntime } from "../../runtime.ts";
import { grantedEnv as env } from "../process/environment.ts";
import { consoleLog } from "../process/log.ts";
import {
  fail,
  failUsage,
  print,
  printLine,
  printNote,
} from "../terminal/output.ts";
import { install, type InstallOptions } from "./install.ts";
import { makePlan, placesOf } from "./make_plan.ts";
import { type Manager, managerOf, MANAGERS } from "./manager.ts";
import { noManager, notesFor } from "./notes.ts";
import type { Places, Plan } from "./plan.ts";
import { readRequest } from "./request.ts";
import { readStatus } from "./status.ts";
import { uninstall, type UninstallOptions } from "./uninstall.ts";

export async function service(args: readonly string[]): Promise<number> {
  const { os } = Deno.build;
  const request = readRequest(args, { env, cwd: Deno.cwd(), os });
  if (!request.ok) return failUsage(request.error);
  const { verb, manager: named, force, wish } = request.value;
  const manager = named === undefined ? managerOf(os) : MANAGERS[named];
  if (manager === undefined) return fail(noManager(os));
  const found = placesOf(env);
  if (!found.ok) return failUsage(found.error);

  const places = found.value;
  if (verb === "status") return await tellStatus(manager, places);
  if (verb === "uninstall") return await takeAway({ manager, places, force });
  const plan = await makePlan(wish, { places, manager });
  if (!plan.ok) return failUsage(plan.error);
  if (verb === "print") return show(plan.value, manager);
  return await putInPlace(plan.value, { manager, force });
}

async function putInPlace(
  plan: Plan,
  options: InstallOptions,
): Promise<number> {
  const { manager } = options;
  const [executable = ""] = plan.program.words;
  if (!await exists(executable)) {
    return fail(`Cannot run "${executable}": it is not there`);
  }
  const done = await install(plan, options);
  if (!done.ok) return fail(done.error);

  const { kind, path, dropped } = done.value;
  printNote(`${WORDS[kind]}: ${path}`);
  if (dropped.length > 0) printNote(`Not in it any more: ${dropped.join(" ")}`);
  for (const note of await notesFor(plan, { manager, env })) printNote(note);
  printNote(`Its log: ${manager.log(plan.places)}`);
  tell(kind === "updated" ? manager.restart : manager.start);
  return 0;
}

const WORDS = {
  installed: "Installed",
  updated: "Updated",
  unchanged: "Unchanged",
} as const;

async function takeAway(options: UninstallOptions): Promise<number> {
  const removed = await uninstall(options);
  if (!removed.ok) return fail(removed.error);
  if (removed.value.length === 0) {
    printNote("Nothing to remove: no service is installed");
    return 0;
  }
  for (const path of removed.value) printNote(`Removed: ${path}`);
  tell(options.manager.stop);
  return 0;
}

async function tellStatus(manager: Manager, places: Places): Promise<number> {
  const log = consoleLog({ logFormat: "text", logLevel: "warn" }, {
    tellsDay: false,
  });
  const { after } = systemRuntime({ log, rootCertificates: [] });
  const status = await readStatus({ manager, places, env, after });
  if (!status.ok) return fail(status.error);
  for (const line of status.value.lines) printLine(line);
  return status.value.isGood ? 0 : 1;
}

function show(plan: Plan, manager: Manager): number {
  const secrets = Object.keys(plan.wish.secrets).join(", ");
  const place = manager.secretsPath(plan.places);
  if (secrets !== "") {
    printNote(
      place === undefined
        ? `This holds ${secrets}: keep it to yourself (mode 0600)`
        : `It reads ${secrets} from ${place}: keep that to yourself (mode 0600)`,
    );
  }
  print(manager.unit(plan, []).text.trimEnd());
  return 0;
}

function tell(commands: readonly string[]): void {
  printNote("Codaze has no permission to run programs, so please run:");
  print(commands.map((command) => `  ${command}`).join("\n"));
}
