/**
 * `codaze service status`: what is installed, whether it is up to date, and
 * whether a gateway answers on its admin port.
 *
 * Cannot ask the service manager, which it has no permission to run.
 */
import { readConfig } from "../../config/config.ts";
import type { Environment } from "../../config/flags.ts";
import { addressOf } from "../../protocol/url.ts";
import { ok, type Result } from "../../result.ts";
import type { Runtime } from "../../runtime.ts";
import { callAdmin } from "../pool/admin_call.ts";
import { atGateway } from "../pool/running_gateway.ts";
import { installCommand } from "./install_command.ts";
import { configOf } from "./make_plan.ts";
import type { Manager } from "./manager.ts";
import type { Places } from "./plan.ts";
import { type InstalledState, readState, type ServiceState } from "./state.ts";

/** Even a busy gateway answers much faster. */
const ANSWER_MS = 5_000;

export interface StatusOptions {
  readonly manager: Manager;
  readonly places: Places;
  readonly env: Environment;
  readonly after: Runtime["after"];
}

export interface Status {
  readonly lines: readonly string[];
  /** Installed, up to date, started at login and answering. */
  readonly isGood: boolean;
}

export async function readStatus(
  options: StatusOptions,
): Promise<Result<Status, string>> {
  const { manager, places } = options;
  const state = await readState(manager, places);
  if (!state.ok) return state;
  const lines = await linesOf(state.value, manager);
  const told = (words: string, answers = false) =>
    ok({
      lines: [...lines, `Gateway: ${words}`],
      isGood: answers && state.value.kind === "current" && state.value.starts,
    });
  const gateway = await askGateway(state.value, options);
  if (!gateway.ok) return told(`cannot be asked: ${gateway.error}`);

  const { answers, address } = gateway.value;
  if (answers) return told(`answers on ${address}`, true);
  // Without a service there is no log of one.
  const log = state.value.kind === "absent"
    ? ""
    : `; see ${manager.log(places)}`;
  return told(`none answers on ${address}${log}`);
}

async function linesOf(
  state: ServiceState,
  { name, enable }: Manager,
): Promise<readonly string[]> {
  if (state.kind === "absent") {
    return [`Service: not installed in ${name}; run codaze service install`];
  }
  const service = `Service: ${state.path}`;
  if (state.kind === "foreign") return [service, "Contents: not from codaze"];
  return [
    service,
    `Contents: ${await contentsOf(state)}`,
    `Start: ${state.starts ? "at login" : `not at login; run ${enable}`}`,
  ];
}

async function contentsOf(
  { kind, why, wish }: InstalledState,
): Promise<string> {
  switch (kind) {
    case "current":
      return "up to date";
    case "edited":
      return "edited by hand";
    case "stale":
      return `stale, ${why}; run ${await installCommand(wish)}`;
  }
}

interface Gateway {
  readonly address: string;
  readonly answers: boolean;
}

/** Asks the service's gateway or, without a service, this shell's. */
async function askGateway(
  state: ServiceState,
  { places, env, after }: StatusOptions,
): Promise<Result<Gateway, string>> {
  const config = "wish" in state
    ? configOf(state.wish, places)
    : readConfig([], env, { listens: false });
  if (!config.ok) return config;
  const { adminListen } = await atGateway(config.value);
  const answer = await callAdmin(
    adminListen,
    { line: "GET /admin/routing/policy", timeoutMs: ANSWER_MS },
    after,
  );
  const answers = answer.ok && answer.value.status === 200 &&
    typeof answer.value.body?.["routing_policy"] === "string";
  return ok({ address: addressOf(adminListen), answers });
}
