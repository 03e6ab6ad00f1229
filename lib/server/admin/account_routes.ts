/**
 * The account routes of the admin port: list, import, wake, refresh, remove.
 *
 * Wire names, which are the original's, are made here and in `account_view.ts`.
 * Takes tokens in and never shows one.
 */
import { STATUS_CODE } from "@std/http";
import type { Account } from "../../accounts/pool/account.ts";
import type { ImportError } from "../../accounts/import/import.ts";
import type { Registry } from "../../accounts/pool/registry.ts";
import type { AccountStore } from "../../accounts/store.ts";
import type { Intake } from "../../downstream/body.ts";
import { json } from "../../downstream/json_answer.ts";
import type { JsonObject } from "../../protocol/json.ts";
import { err, ok, type Result } from "../../result.ts";
import type { Runtime } from "../../runtime.ts";
import type { Tokens } from "../../upstream/auth/token.ts";
import { type AccountView, accountView } from "./account_view.ts";
import { failure, readJson, refuse, unknown } from "./admin_answer.ts";
import { poolView } from "./pool_view.ts";
import { refreshByHand } from "./refresh_by_hand.ts";
import type { Routed } from "../port/route.ts";

export interface AccountRouteDeps {
  readonly runtime: Runtime;
  readonly registry: Registry;
  readonly store: AccountStore;
  readonly tokens: Tokens;
  readonly accountsDir: string;
  readonly intake: Intake;
}

export async function listAccounts(
  { registry, runtime, accountsDir }: AccountRouteDeps,
): Promise<Response> {
  const now = runtime.now();
  const view = await poolView(registry, { accountsDir, now });
  return json(STATUS_CODE.OK, view);
}

export async function importAccount(
  { request }: Routed,
  { store, runtime, intake }: AccountRouteDeps,
): Promise<Response> {
  const read = await readJson(request, intake);
  if (!read.ok) return read.error;
  const refreshToken = read.value["refresh_token"];
  if (typeof refreshToken !== "string") {
    return refuse("refresh_token must not be empty");
  }
  const more = optionalFields(read.value);
  if (!more.ok) return more.error;
  const login = {
    refreshToken,
    label: more.value["label"],
    email: more.value["email"],
    accessToken: more.value["access_token"],
    idToken: more.value["id_token"],
  };
  const imported = await store.importToken(login);
  if (!imported.ok) return notImported(imported.error, runtime);
  const { account, alreadyExists, disposition } = imported.value;
  return json(alreadyExists ? STATUS_CODE.OK : STATUS_CODE.Created, {
    account: accountView(account, runtime.now()),
    already_exists: alreadyExists,
    disposition,
  });
}

function notImported(
  { kind, message }: ImportError,
  { log }: Runtime,
): Response {
  switch (kind) {
    case "unusable":
      return refuse(message);
    case "spent":
      return failure(STATUS_CODE.Conflict, message);
    case "failed":
      log.error("import failed", { reason: message });
      return failure(STATUS_CODE.InternalServerError, message);
  }
}

function optionalFields(
  body: JsonObject,
): Result<Readonly<Record<string, string>>, Response> {
  const fields: Record<string, string> = {};
  for (const key of ["label", "email", "access_token", "id_token"]) {
    const value = body[key] ?? undefined;
    if (value === undefined) continue;
    if (typeof value !== "string") {
      return err(refuse(`${key} must be a string`));
    }
    fields[key] = value;
  }
  return ok(fields);
}

export interface Woken {
  readonly disposition: "woken" | "skipped_auth_invalid";
  readonly account: AccountView;
}

export function wakeOne(id: string, deps: AccountRouteDeps): Response {
  const account = deps.registry.get(id);
  if (account === undefined) return unknown(id);
  const woken = wake(account, deps);
  if (woken.disposition === "woken") {
    const { log } = deps.runtime;
    log.info("account woken", { account: account.label ?? id });
  }
  return json(STATUS_CODE.OK, woken);
}

export function wakeAll(deps: AccountRouteDeps): Response {
  const accounts = deps.registry.accounts().map((one) => wake(one, deps));
  const woken = accounts.filter(({ disposition }) => disposition === "woken");
  deps.runtime.log.info("accounts woken", { accounts: woken.length });
  return json(STATUS_CODE.OK, {
    woken: woken.length,
    skipped_auth_invalid: accounts.length - woken.length,
    accounts,
  });
}

function wake(
  account: Account,
  { registry, runtime }: AccountRouteDeps,
): Woken {
  const disposition = registry.wake(account.id) ?? "skipped_auth_invalid";
  return { disposition, account: accountView(account, runtime.now()) };
}

export async function refreshAccount(
  id: string,
  { registry, runtime, tokens }: AccountRouteDeps,
): Promise<Response> {
  const account = registry.get(id);
  if (account === undefined) return unknown(id);

  const refreshed = await refreshByHand(account, tokens);
  const view = { account: accountView(account, runtime.now()) };
  switch (refreshed.kind) {
    case "refreshed":
      return json(STATUS_CODE.OK, view);
    case "dead":
      return failure(STATUS_CODE.Conflict, refreshed.message, view);
    case "failed":
      return failure(STATUS_CODE.BadGateway, refreshed.message, view);
  }
}

export async function removeAccount(
  id: string,
  { store, runtime }: AccountRouteDeps,
): Promise<Response> {
  const removed = await store.remove(id);
  if (!removed.ok) {
    runtime.log.error("remove failed", { account: id, reason: removed.error });
    return failure(STATUS_CODE.InternalServerError, removed.error);
  }
  return removed.value
    ? new Response(null, { status: STATUS_CODE.NoContent })
    : unknown(id);
}
