/**
 * The accounts through the admin port of a running gateway.
 *
 * Does not trust the answers: another program may listen there.
 */
import type { Config } from "../../config/config.ts";
import {
  isObject,
  type JsonObject,
  objectField,
  stringField,
} from "../../protocol/json.ts";
import { addressOf } from "../../protocol/url.ts";
import { err, ok, type Result } from "../../result.ts";
import type { Runtime } from "../../runtime.ts";
import { type PoolView, realDir } from "../../server/pool_view.ts";
import {
  type AdminAnswer,
  type AdminCall,
  type AdminTrouble,
  callAdmin,
} from "./admin_call.ts";
import { foreignText } from "../terminal/output.ts";
import type { Login, PoolAccess, RefreshReport, Woken } from "./pool.ts";
import { readResetAnswer } from "./read_reset.ts";
import { readAccountView, readPoolView } from "./read_view.ts";
import { readUsageView } from "./read_usage_view.ts";

/** Even a busy gateway answers much faster. */
const LIST_MS = 5_000;
const CHANGE_MS = 10_000;
/** Longer than the gateway waits for another process and the auth server. */
const REFRESH_MS = 150_000;
/** Waits for pages that are read before, and perhaps for a refresh. */
const RESET_MS = 60_000;
/** An import waits for a refresh of the same account. */
const IMPORT_MS = 60_000;

/** Undefined if nothing listens on the admin port. */
export async function openGatewayPool(
  config: Config,
  runtime: Runtime,
): Promise<Result<PoolAccess | undefined, string>> {
  const { adminListen } = config;
  // Port 0 stands for any free port, so there is no port to call.
  if (adminListen.port === 0) return ok(undefined);

  const address = addressOf(adminListen);
  const call = (request: AdminCall) =>
    callAdmin(adminListen, request, runtime.after);
  const answer = await call({
    line: "GET /admin/accounts",
    timeoutMs: LIST_MS,
  });
  if (!answer.ok && answer.error === "nobody") return ok(undefined);
  if (!answer.ok && answer.error === "silent") {
    return err(
      `What listens on ${address} gives no answer: if it is Codaze, restart it`,
    );
  }
  const view = answer.ok ? readList(answer.value) : undefined;
  if (view === undefined) {
    return err(
      `What listens on ${address} is not Codaze: stop it, or name the right port with --admin-listen`,
    );
  }
  const other = await otherFolder(config, view);
  if (other !== undefined) {
    return err(
      `The gateway on ${address} serves "${
        foreignText(other)
      }", not "${config.accountsDir}": stop it, or name the right one with --admin-listen`,
    );
  }
  return ok(access(address, call));
}

/** The gateway's folder, if it is not the one that is meant. */
async function otherFolder(
  { accountsDir, accountsDirGiven, adminListenGiven }: Config,
  view: PoolView,
): Promise<string | undefined> {
  // Whoever names a gateway, and no folder, means that gateway's.
  if (adminListenGiven && !accountsDirGiven) return undefined;
  const wanted = await realDir(accountsDir);
  return view.accounts_dir === wanted ? undefined : view.accounts_dir;
}

type Call = (
  request: AdminCall,
) => Promise<Result<AdminAnswer, AdminTrouble>>;

function access(address: string, call: Call): PoolAccess {
  /** Reads an answer that has one of these statuses. */
  async function ask<T>(
    request: AdminCall,
    statuses: readonly number[],
    read: (body: JsonObject, status: number) => T | undefined,
  ): Promise<Result<T, string>> {
    const answer = await call(request);
    if (!answer.ok) {
      return err(
        `The gateway on ${address} ${LOST[answer.error]}: see codaze accounts`,
      );
    }
    const { status, body = {} } = answer.value;
    const value = statuses.includes(status) ? read(body, status) : undefined;
    if (value !== undefined) return ok(value);
    return err(
      messageIn(body) ?? `The gateway on ${address} answered ${status}`,
    );
  }

  const of = (id: string) => `/admin/accounts/${encodeURIComponent(id)}`;
  return {
    via: "gateway",
    at: address,
    list: () =>
      ask(
        { line: "GET /admin/accounts", timeoutMs: LIST_MS },
        [200],
        readPoolView,
      ),
    usage: (days) =>
      ask(
        { line: `GET /admin/usage?days=${days}`, timeoutMs: LIST_MS },
        [200],
        readUsageView,
      ),
    add: (login) =>
      ask(
        {
          line: "POST /admin/accounts/import",
          body: importBody(login),
          timeoutMs: IMPORT_MS,
        },
        [200, 201],
        readAdded,
      ),
    wake: (id) =>
      ask(
        { line: `POST ${of(id)}/wake`, timeoutMs: CHANGE_MS },
        [200],
        readWoken,
      ),
    wakeAll: () =>
      ask(
        { line: "POST /admin/accounts/wake", timeoutMs: CHANGE_MS },
        [200],
        readAllWoken,
      ),
    refresh: (id) =>
      ask(
        { line: `POST ${of(id)}/refresh`, timeoutMs: REFRESH_MS },
        [200, 409, 502],
        readRefreshed,
      ),
    resetCredit: (id, confirm) =>
      ask(
        {
          line: `POST ${of(id)}/reset-credits/consume`,
          body: confirm === undefined ? {} : { confirm },
          timeoutMs: RESET_MS,
        },
        [200],
        readResetAnswer,
      ),
    remove: async (id) => {
      const line = `DELETE ${of(id)}`;
      const done = await ask({ line, timeoutMs: CHANGE_MS }, [204], () => id);
      return done.ok ? ok(undefined) : done;
    },
    prepare: () => Promise.resolve(ok(undefined)),
    close: () => Promise.resolve(),
  };
}

const LOST: Readonly<Record<AdminTrouble, string>> = {
  nobody: "has stopped",
  silent: "gave no answer",
  broken: "broke the connection",
};

function importBody(login: Login): JsonObject {
  return {
    refresh_token: login.refreshToken,
    access_token: login.accessToken,
    id_token: login.idToken,
    label: login.label,
    email: login.email,
  };
}

function readList({ status, body }: AdminAnswer): PoolView | undefined {
  return status === 200 && body !== undefined ? readPoolView(body) : undefined;
}

function readAdded(body: JsonObject) {
  const account = readAccountView(body["account"]);
  if (account === undefined) return undefined;
  const alreadyExists = body["already_exists"] === true;
  const given = stringField(body, "disposition");
  const disposition = DISPOSITIONS.find((one) => one === given) ??
    (alreadyExists ? "known" : "added");
  return { account, alreadyExists, disposition };
}

const DISPOSITIONS = ["added", "known", "signed_in", "older"] as const;

function readAllWoken(
  { accounts }: JsonObject,
): readonly Woken[] | undefined {
  if (!Array.isArray(accounts)) return undefined;
  return accounts.filter(isObject).map(readWoken)
    .filter((one) => one !== undefined);
}

function readWoken(body: JsonObject): Woken | undefined {
  const account = readAccountView(body["account"]);
  if (account === undefined) return undefined;
  const isWoken = body["disposition"] === "woken";
  return { account, disposition: isWoken ? "woken" : "skipped_auth_invalid" };
}

function readRefreshed(
  body: JsonObject,
  status: number,
): RefreshReport | undefined {
  const account = readAccountView(body["account"]);
  if (account === undefined) return undefined;
  if (status === 200) return { kind: "refreshed", account };
  const message = messageIn(body) ?? `the gateway answered ${status}`;
  return { kind: status === 409 ? "dead" : "failed", account, message };
}

/** The error in an answer, which may come from another program. */
function messageIn(body: JsonObject): string | undefined {
  const message = stringField(objectField(body, "error") ?? {}, "message");
  return message === undefined ? undefined : foreignText(message);
}
