/** The gateway that is probed: its public port, and whose accounts it has. */
import { findNotes } from "../../accounts/sync/running.ts";
import type { Config } from "../../config/config.ts";
import type { Listen } from "../../config/values.ts";
import { addressOf } from "../../protocol/url.ts";
import { err, ok, type Result } from "../../result.ts";
import type { Runtime } from "../../runtime.ts";
import type { PoolView } from "../../server/admin/pool_view.ts";
import { LIST_MS, noGateway, openGateway } from "../pool/gateway.ts";
import { readPoolView } from "../pool/read_view.ts";
import { findGateway } from "../pool/running_gateway.ts";

export interface Target {
  /** Its public port. */
  readonly listen: Listen;
  readonly pool: PoolView;
}

export async function findTarget(
  config: Config,
  runtime: Runtime,
): Promise<Result<Target, string>> {
  const found = await findGateway(config);
  const gateway = found && await openGateway(found, runtime);
  if (gateway?.ok === false) return gateway;
  if (found === undefined || gateway?.value === undefined) {
    return err(noGateway(config));
  }
  const list = { line: "GET /admin/accounts", timeoutMs: LIST_MS };
  const pool = await gateway.value.ask(list, [200], readPoolView);
  if (!pool.ok) return pool;
  const listen = await publicPort(found, pool.value);
  return listen ? ok({ listen, pool: pool.value }) : err(
    `Name the public port of the gateway on ${gateway.value.address} with --listen`,
  );
}

/**
 * Undefined if it is not known. Not the usual one then: another gateway may
 * listen there, and turns are sent to it.
 */
async function publicPort(
  { listen, listenGiven, adminListen }: Config,
  { accounts_dir: dir }: PoolView,
): Promise<Listen | undefined> {
  if (listenGiven) return listen;
  const address = addressOf(adminListen);
  const notes = await findNotes(dir);
  return notes.find((note) => addressOf(note.adminListen) === address)?.listen;
}
