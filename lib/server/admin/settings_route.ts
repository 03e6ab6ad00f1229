/**
 * `PUT /admin/accounts/ID/settings` and `…/label`: what a person sets for an
 * account.
 */
import { STATUS_CODE } from "@std/http";
import type { RenameError } from "../../accounts/import/rename.ts";
import { json } from "../../downstream/json_answer.ts";
import type { AccountRouteDeps } from "./account_routes.ts";
import type { Runtime } from "../../runtime.ts";
import { accountView } from "./account_view.ts";
import { failure, readJson, refuse, unknown } from "./admin_answer.ts";
import type { Routed } from "../port/route.ts";
import { quoted, readSettings } from "./settings_body.ts";

export interface SettingsRouteDeps extends AccountRouteDeps {
  /** Saves the settings; false if the disk refuses. */
  readonly saveSettings?: () => Promise<boolean>;
}

export async function changeSettings(
  { request, id }: Routed,
  { registry, runtime, intake, saveSettings }: SettingsRouteDeps,
): Promise<Response> {
  const read = await readJson(request, intake);
  if (!read.ok) return read.error;
  const account = registry.get(id);
  if (account === undefined) return unknown(id);
  const changes = readSettings(read.value);
  if (!changes.ok) return refuse(changes.error);

  const settings = registry.set(id, changes.value);
  runtime.log.info("account settings changed", {
    account: account.label ?? id,
    ...settings,
    changed: Object.keys(changes.value).join(", "),
  });
  // Answered only then, so that the answer means that they are kept.
  const isSaved = await saveSettings?.() ?? true;
  const view = { account: accountView(account, runtime.now()) };
  return isSaved ? json(STATUS_CODE.OK, view) : failure(
    STATUS_CODE.InternalServerError,
    "set until the gateway ends: the disk refuses to save it",
    view,
  );
}

export async function changeLabel(
  { request, id }: Routed,
  { registry, store, runtime, intake }: SettingsRouteDeps,
): Promise<Response> {
  const read = await readJson(request, intake);
  if (!read.ok) return read.error;
  const account = registry.get(id);
  if (account === undefined) return unknown(id);
  const label = read.value["label"];
  if (typeof label !== "string") {
    return refuse(`label must be a string, not ${quoted(label ?? null)}`);
  }
  const before = account.label ?? id;
  const renamed = await store.rename(account, label);
  if (!renamed.ok) return notRenamed(renamed.error, runtime);
  runtime.log.info("account renamed", { from: before, to: account.label });
  return json(STATUS_CODE.OK, { account: accountView(account, runtime.now()) });
}

const RENAME_STATUS: Readonly<Record<RenameError["kind"], number>> = {
  unusable: STATUS_CODE.BadRequest,
  refused: STATUS_CODE.Conflict,
  failed: STATUS_CODE.InternalServerError,
};

function notRenamed(
  { kind, message }: RenameError,
  { log }: Runtime,
): Response {
  if (kind === "failed") log.error("rename failed", { reason: message });
  return failure(RENAME_STATUS[kind], message);
}
