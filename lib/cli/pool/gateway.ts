/**
 * The admin port of a running gateway, as a command calls it.
 *
 * Does not trust the answers: another program may listen there.
 */
import type { Config } from "../../config/config.ts";
import {
  type JsonObject,
  objectField,
  stringField,
} from "../../protocol/json.ts";
import { addressOf } from "../../protocol/url.ts";
import { err, ok, type Result } from "../../result.ts";
import type { Runtime } from "../../runtime.ts";
import { type PoolView, realDir } from "../../server/admin/pool_view.ts";
import { foreignText } from "../terminal/output.ts";
import { type AdminAnswer, type AdminCall, callAdmin } from "./admin_call.ts";
import type { LocalTrouble } from "./local_call.ts";
import { readPoolView } from "./read_view.ts";
import { findGateway } from "./running_gateway.ts";

/** Even a busy gateway answers much faster. */
export const LIST_MS = 5_000;

/** A gateway that has shown that it is one, and that it is the right one. */
export interface Gateway {
  readonly address: string;
  /** Reads an answer that has one of these statuses. */
  ask<T>(
    request: AdminCall,
    statuses: readonly number[],
    read: (body: JsonObject, status: number) => T | undefined,
  ): Promise<Result<T, string>>;
}

/** For commands that are about a running gateway: without one, an error. */
export async function requireGateway(
  config: Config,
  runtime: Runtime,
): Promise<Result<Gateway, string>> {
  const found = await findGateway(config);
  const gateway = found && await openGateway(found, runtime);
  if (gateway?.ok === false) return gateway;
  return gateway?.value === undefined
    ? err(noGateway(config))
    : ok(gateway.value);
}

/** What to say where only a running gateway can help. */
export function noGateway(
  { accountsDir }: Pick<Config, "accountsDir">,
): string {
  return `No gateway runs on ${accountsDir}: start codaze first, or name its admin port with --admin-listen`;
}

/** Undefined if nothing listens on the admin port. */
export async function openGateway(
  config: Config,
  runtime: Runtime,
): Promise<Result<Gateway | undefined, string>> {
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
  return ok({ address, ask: asker(address, call) });
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
) => Promise<Result<AdminAnswer, LocalTrouble>>;

function asker(address: string, call: Call): Gateway["ask"] {
  return async (request, statuses, read) => {
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
  };
}

const LOST: Readonly<Record<LocalTrouble, string>> = {
  nobody: "has stopped",
  silent: "gave no answer",
  broken: "broke the connection",
};

function readList({ status, body }: AdminAnswer): PoolView | undefined {
  return status === 200 && body !== undefined ? readPoolView(body) : undefined;
}

/** The error in an answer, which may come from another program. */
export function messageIn(body: JsonObject): string | undefined {
  const message = stringField(objectField(body, "error") ?? {}, "message");
  return message === undefined ? undefined : foreignText(message);
}
