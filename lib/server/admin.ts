/**
 * The admin port: what a person sees and does of the pool.
 *
 * The wire names of the original are made here and nowhere else. Tokens are
 * never shown.
 */
import { STATUS_CODE } from "@std/http";
import type { Account } from "../accounts/account.ts";
import type { Registry } from "../accounts/registry.ts";
import { POLICY_NAMES } from "../accounts/selection.ts";
import type { AccountStore } from "../accounts/store.ts";
import { readBody } from "../downstream/body.ts";
import { json, renderCallerError } from "../downstream/render.ts";
import { type JsonObject, parseObject } from "../protocol/json.ts";
import { err, ok, type Result } from "../result.ts";
import type { Runtime } from "../runtime.ts";
import { type AccountView, accountView } from "./account_view.ts";
import { guardChange } from "./guard.ts";
import { type Handler, route, type Routed } from "./route.ts";

export interface AdminDeps {
  readonly runtime: Runtime;
  readonly registry: Registry;
  readonly store: AccountStore;
}

/** Far more than any account file has. */
const MAX_BODY_BYTES = 65_536;

export function adminRoutes(
  deps: AdminDeps,
): (request: Request) => Response | Promise<Response> {
  const { registry } = deps;
  return route({
    "GET /admin/accounts": () => listAccounts(deps),
    "POST /admin/accounts/import": change((routed) =>
      importAccount(routed, deps)
    ),
    "POST /admin/accounts/wake": change(() => wakeAll(deps)),
    "POST /admin/accounts/:id/wake": change(({ id }) => wakeOne(id, deps)),
    "DELETE /admin/accounts/:id": ({ id }) => removeAccount(id, deps),
    "GET /admin/routing/policy": () => showPolicy(registry),
    "PUT /admin/routing/policy": (routed) => setPolicy(routed, registry),
  });
}

/** A handler of something a foreign page's form must not be able to do. */
function change(handler: Handler): Handler {
  return (routed) => guardChange(routed.request) ?? handler(routed);
}

function listAccounts({ registry, runtime }: AdminDeps): Response {
  const now = runtime.now();
  return json(STATUS_CODE.OK, {
    accounts: registry.accounts().map((account) => accountView(account, now)),
    invalid_files: registry.invalidFiles,
  });
}

async function importAccount(
  { request }: Routed,
  { store, runtime }: AdminDeps,
): Promise<Response> {
  const read = await readJson(request);
  if (!read.ok) return read.error;
  const body = read.value;
  const refreshToken = body["refresh_token"];
  if (typeof refreshToken !== "string" || refreshToken.trim() === "") {
    return refuse("refresh_token must not be empty");
  }
  for (const key of ["label", "email"]) {
    const value = body[key] ?? undefined;
    if (value !== undefined && typeof value !== "string") {
      return refuse(`${key} must be a string`);
    }
  }
  const imported = await store.importToken({
    refreshToken,
    label: optionalText(body["label"]),
    email: optionalText(body["email"]),
  });
  if (!imported.ok) {
    runtime.log.error("import failed", { reason: imported.error });
    return failure(STATUS_CODE.InternalServerError, imported.error);
  }
  const { account, alreadyExists } = imported.value;
  return json(alreadyExists ? STATUS_CODE.OK : STATUS_CODE.Created, {
    account: accountView(account, runtime.now()),
    already_exists: alreadyExists,
  });
}

function optionalText(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}

interface Woken {
  readonly disposition: "woken" | "skipped_auth_invalid";
  readonly account: AccountView;
}

function wakeOne(id: string, deps: AdminDeps): Response {
  const account = deps.registry.get(id);
  return account ? json(STATUS_CODE.OK, wake(account, deps)) : unknown(id);
}

function wakeAll(deps: AdminDeps): Response {
  const accounts = deps.registry.accounts().map((one) => wake(one, deps));
  const woken = accounts.filter(({ disposition }) => disposition === "woken");
  return json(STATUS_CODE.OK, {
    woken: woken.length,
    skipped_auth_invalid: accounts.length - woken.length,
    accounts,
  });
}

function wake(account: Account, { registry, runtime }: AdminDeps): Woken {
  const disposition = registry.wake(account.id) ?? "skipped_auth_invalid";
  return { disposition, account: accountView(account, runtime.now()) };
}

async function removeAccount(
  id: string,
  { store, runtime }: AdminDeps,
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

function showPolicy(registry: Registry): Response {
  return json(STATUS_CODE.OK, { routing_policy: registry.policy });
}

async function setPolicy(
  { request }: Routed,
  registry: Registry,
): Promise<Response> {
  const read = await readJson(request);
  if (!read.ok) return read.error;
  const given = read.value["routing_policy"] ?? undefined;
  if (given === undefined) return refuse("missing routing_policy");

  const policy = POLICY_NAMES.find((name) => name === given);
  if (policy === undefined) {
    const quoted = typeof given === "string" ? given : JSON.stringify(given);
    return refuse(
      `unsupported routing policy \`${quoted}\`; expected one of: ${
        POLICY_NAMES.join(", ")
      }`,
    );
  }
  registry.policy = policy;
  return showPolicy(registry);
}

/** The body as an object, or the answer to whatever else it is. */
async function readJson(
  request: Request,
): Promise<Result<JsonObject, Response>> {
  const body = await readBody(request, MAX_BODY_BYTES);
  if (!body.ok) return err(renderCallerError(body.error));
  // Without the parser's words: they would quote a token.
  const object = parseObject(new TextDecoder().decode(body.value.bytes));
  return object ? ok(object) : err(refuse("body must be a JSON object"));
}

function refuse(message: string): Response {
  return failure(STATUS_CODE.BadRequest, message);
}

function unknown(id: string): Response {
  return failure(STATUS_CODE.NotFound, `unknown account \`${id}\``);
}

function failure(status: number, message: string): Response {
  return json(status, { error: { message } });
}
