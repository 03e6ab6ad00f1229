/**
 * Checks the running gateway, if there is one: whether it serves this folder,
 * its version, its health, and the state of its accounts in one line.
 */
import {
  type JsonObject,
  numberField,
  objectField,
  stringField,
} from "../../protocol/json.ts";
import { STALL_MS } from "../../limits.ts";
import { addressOf } from "../../protocol/url.ts";
import type { AccountView } from "../../server/admin/account_view.ts";
import { type PoolView, realDir } from "../../server/admin/pool_view.ts";
import { HEALTH_CURES } from "../../server/view/problems.ts";
import { callAdmin } from "../pool/admin_call.ts";
import { counted } from "../terminal/words.ts";
import { foreignText } from "../terminal/output.ts";
import { readPoolView } from "../pool/read_view.ts";
import { VERSION } from "../process/version.ts";
import { type Finding, voiceOf } from "./finding.ts";
import { type CheckContext, TIMEOUT_MS } from "./context.ts";

const voice = voiceOf("gateway");

export async function checkGateway(
  context: CheckContext,
): Promise<readonly Finding[]> {
  const { admin, config } = context;
  const address = addressOf(config.adminListen);
  const answer = await admin;
  const view = answer.ok && answer.value.status === 200
    ? readPoolView(answer.value.body ?? {})
    : undefined;
  if (view === undefined) {
    const silent = !answer.ok && answer.error === "silent";
    return [
      silent
        ? voice.fail(
          `what listens on ${address} gives no answer`,
          "if it is Codaze, restart it",
        )
        : voice.warn(
          `none answers on ${address}`,
          "start it: codaze, or codaze service install for each login",
        ),
    ];
  }
  const status = await askStatus(context) ?? {};
  return [
    await folderFinding(view, context),
    versionFinding(status),
    ...healthFindings(status),
    stateFinding(view),
  ].filter((finding) => finding !== undefined);
}

/** Older gateways do not tell their folder. */
async function folderFinding(
  { accounts_dir: served }: PoolView,
  { config }: CheckContext,
): Promise<Finding | undefined> {
  const wanted = await realDir(config.accountsDir);
  if (served === "" || served === wanted) return undefined;
  return voice.fail(
    `the one on ${
      addressOf(config.adminListen)
    } serves ${served}, not ${wanted}`,
    `restart it with --accounts-dir ${wanted}, or name the other one here`,
  );
}

/** Undefined if the gateway no longer answers. */
async function askStatus(
  { config, runtime }: CheckContext,
): Promise<JsonObject | undefined> {
  const answer = await callAdmin(
    config.adminListen,
    { line: "GET /admin/status", timeoutMs: TIMEOUT_MS },
    runtime.after,
  );
  return answer.ok && answer.value.status === 200
    ? answer.value.body
    : undefined;
}

function versionFinding(status: JsonObject): Finding | undefined {
  const running = stringField(status, "version");
  if (running === undefined || running === VERSION) return undefined;
  return voice.warn(
    `version ${running} is running, and this is ${VERSION}`,
    "restart the gateway",
  );
}

/** The gateway's report on its own process; older gateways have none. */
function healthFindings(status: JsonObject): readonly Finding[] {
  const health = objectField(status, "health") ?? {};
  const kinds = arrayIn(health["problem_kinds"]);
  const stallMs = numberField(health, "longest_stall_ms") ?? 0;
  const uncaught = numberField(health, "uncaught") ?? 0;
  return [
    ...arrayIn(health["problems"]).flatMap((problem, at) =>
      typeof problem === "string"
        ? [voice.fail(foreignText(problem), cureOf(kinds[at]))]
        : []
    ),
    ...lossFindings(objectField(health, "ports") ?? {}),
    ...(stallMs >= STALL_MS
      ? [voice.warn(
        `its event loop stood still for ${(stallMs / 1000).toFixed(1)} s`,
        "look at its log for what came then, and whether the machine was busy",
      )]
      : []),
    ...(uncaught > 0
      ? [voice.warn(
        `${counted(uncaught, "bug")} that nobody caught`,
        "report what its log says of it",
      )]
      : []),
  ];
}

function arrayIn(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

/** A later version may know of other kinds. */
function cureOf(kind: unknown): string {
  const [, cure] = Object.entries(HEALTH_CURES).find(([one]) => one === kind) ??
    [];
  return cure ?? "its log tells more";
}

function lossFindings(ports: JsonObject): readonly Finding[] {
  return Object.keys(ports).flatMap((name) => {
    const losses = numberField(objectField(ports, name) ?? {}, "losses") ?? 0;
    if (!(losses > 0)) return [];
    return voice.warn(
      `its ${foreignText(name)} port was taken from it by the system, ${
        times(losses)
      }`,
      HEALTH_CURES.descriptors,
    );
  });
}

function times(count: number): string {
  return count === 1 ? "once" : `${count} times`;
}

function stateFinding({ accounts, invalid_files: invalid }: PoolView): Finding {
  const pending = accounts.filter((account) => account.persist_pending);
  const usable = accounts.filter(isUsable);
  const parts = [
    counted(accounts.length, "account"),
    ...accounts.flatMap(troubleOf),
    ...(invalid.length > 0 ? [counted(invalid.length, "unreadable file")] : []),
  ];
  const found = parts.join("; ");
  if (pending.length > 0) {
    return voice.fail(
      found,
      "make room on the disk, or make the accounts dir writable, before the gateway stops",
    );
  }
  if (usable.length === 0) {
    const dead = accounts.every(({ routing_state: is }) =>
      is === "auth_invalid"
    );
    return voice.fail(
      found,
      dead
        ? "sign in with codaze login"
        : "wait until one is back, codaze accounts wake --all, or add one: codaze login",
    );
  }
  return usable.length === accounts.length && parts.length === 1
    ? voice.good(`${found}, all can serve`)
    : voice.warn(
      found,
      "codaze accounts tells more; the others serve meanwhile",
    );
}

function isUsable(account: AccountView): boolean {
  return account.blocked_reason === null && account.duplicate_of === null;
}

function troubleOf(account: AccountView): readonly string[] {
  const { blocked_reason: reason, blocked_until: until } = account;
  const state = account.signed_out_at === null ? reason : "signed_out";
  const words = [
    ...(state === null ? [] : [state.replaceAll("_", " ")]),
    ...(until === null ? [] : [`until ${until}`]),
    ...(account.duplicate_of === null ? [] : ["duplicate"]),
    ...(account.persist_pending ? ["its new tokens are not saved"] : []),
  ];
  if (words.length === 0) return [];
  return [`${account.label ?? account.id}: ${words.join(", ")}`];
}
