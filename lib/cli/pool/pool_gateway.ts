/** The accounts through the admin port of a running gateway. */
import { isObject, type JsonObject, stringField } from "../../protocol/json.ts";
import { err, ok } from "../../result.ts";
import { type Gateway, LIST_MS, messageIn } from "./gateway.ts";
import type { Login, PoolAccess, RefreshReport, Woken } from "./pool.ts";
import { readResetAnswer } from "./read_reset.ts";
import { readAccountView, readPoolView } from "./read_view.ts";
import { readUsageView } from "./read_usage_view.ts";

const CHANGE_MS = 10_000;
/** Longer than the gateway waits for another process and the auth server. */
const REFRESH_MS = 150_000;
/** Waits for pages that are read before, and perhaps for a refresh. */
const RESET_MS = 60_000;
/** An import waits for a refresh of the same account; so does a rename. */
const IMPORT_MS = 60_000;
/** Longer than the gateway waits for the page of usage, and for a token. */
const QUOTA_MS = 180_000;

/** What is said of a gateway that has no such route. */
export const NO_PAGES = "This gateway cannot read upstream's pages of usage";

export function gatewayPool({ address, ask }: Gateway): PoolAccess {
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
    set: (id, changes) =>
      ask(
        {
          line: `PUT ${of(id)}/settings`,
          body: { ...changes },
          timeoutMs: CHANGE_MS,
        },
        [200],
        readChanged,
      ),
    rename: (id, label) =>
      ask(
        {
          line: `PUT ${of(id)}/label`,
          body: { label },
          timeoutMs: IMPORT_MS,
        },
        [200],
        readChanged,
      ),
    readQuota: async (id) => {
      const line = `POST ${of(id)}/quota`;
      const done = await ask({ line, timeoutMs: QUOTA_MS }, [200], () => id);
      if (done.ok) return ok(undefined);
      return done.error.startsWith("No such path") ? err(NO_PAGES) : done;
    },
    remove: async (id) => {
      const line = `DELETE ${of(id)}`;
      const done = await ask({ line, timeoutMs: CHANGE_MS }, [204], () => id);
      return done.ok ? ok(undefined) : done;
    },
    prepare: () => Promise.resolve(ok(undefined)),
    close: () => Promise.resolve(),
  };
}

function importBody(login: Login): JsonObject {
  return {
    refresh_token: login.refreshToken,
    access_token: login.accessToken,
    id_token: login.idToken,
    label: login.label,
    email: login.email,
  };
}

function readChanged(body: JsonObject) {
  return readAccountView(body["account"]);
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
