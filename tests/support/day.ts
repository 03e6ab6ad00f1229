/** A day of a gateway with two accounts, and what its log says of it. */
import { assert } from "@std/assert";
import { announce } from "../../lib/cli/serve.ts";
import { readConfig } from "../../lib/config/config.ts";
import * as faults from "../../lib/simulator/faults/faults.ts";
import { usageLimitReached } from "../../lib/simulator/faults/limits.ts";
import { accessTokenRejected } from "../../lib/simulator/faults/refusals.ts";
import { Caller } from "./caller.ts";
import { startFillFirst } from "./gateway.ts";
import { textLog } from "./text_log.ts";

const MINUTE_MS = 60_000;

/** The lines as a person reads them, from the start to the stop. */
export async function playDay(): Promise<readonly string[]> {
  let ahead = 0;
  const now = () => Date.now() + ahead;
  const { log, lines } = textLog({ now });
  const test = await startFillFirst({
    accounts: ["ada", "grace"],
    // Each failed request is one attempt at each account.
    timeouts: { transportRetryMs: [] },
    runtime: { log, now, elapsed: () => performance.now() + ahead },
    now,
    // The clock goes forward in leaps here.
    watchTimes: { tickMs: 1e9 },
  });
  const config = readConfig([`--accounts-dir=${test.dir}`], () => undefined);
  assert(config.ok);
  const stopped = Promise.withResolvers<Deno.Signal>().promise;
  const { gateway } = test;
  announce({
    gateway,
    config: config.value,
    runtime: { log } as Parameters<typeof announce>[0]["runtime"],
    stopped,
  });

  const turn = async () => await (await test.turn()).text();
  const spent = (minutes: number) =>
    usageLimitReached({ now: now(), resetsAt: now() + minutes * MINUTE_MS });
  const [ada, grace] = [test.account("ada"), test.account("grace")];

  // A turn over each transport.
  await turn();
  await (await fetch(test.url("/v1/responses"), {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ model: "gpt-6.2-sol", input: "say: hi" }),
  })).text();
  {
    using caller = await Caller.open(test);
    await caller.turn({ generate: false });
    await caller.turn();
  }
  // A token that upstream rejects.
  ada.fault(accessTokenRejected());
  await turn();
  // One that moves, then all are spent.
  ada.fault(spent(60));
  await turn();
  grace.fault(spent(90));
  await turn();
  await turn();
  const post = (path: string, method = "POST", body = "{}") =>
    test.admin(path, {
      method,
      headers: { "content-type": "application/json" },
      body,
    }).then((answer) => answer.text());
  await post("/admin/accounts/wake");
  // Callers that are refused.
  for (let times = 0; times < 5; times++) {
    await (await fetch(test.url("/chat/completions"))).text();
  }
  await (await fetch(test.url("/v1/responses"), {
    method: "POST",
    headers: { origin: "https://example.test" },
  })).text();
  // An outage of a minute.
  for (const account of [ada, grace]) {
    account.fault(faults.connectionReset(), Infinity);
  }
  for (let times = 0; times < 20; times++) {
    ahead += 3000;
    await turn();
  }
  for (const account of [ada, grace]) account.clearFaults();
  ahead += 3000;
  await turn();
  // What a person sets.
  await post("/admin/accounts/grace/settings", "PUT", '{"paused":true}');
  await post(
    "/admin/accounts/grace/settings",
    "PUT",
    '{"paused":false,"priority":2}',
  );
  await post("/admin/accounts/ada/label", "PUT", '{"label":"work"}');
  await post("/admin/routing/policy", "PUT", '{"routing_policy":"quota"}');
  await turn();
  log.info("stopping", { signal: "SIGINT", grace_ms: 10_000 });
  await test[Symbol.asyncDispose]();
  log.info("stopped");

  return lines;
}

/** Without what differs from run to run: numbers, times, folders, reasons. */
export function masked(line: string): string {
  return line.replace(/ in \S+: ada/, " in FOLDER: ada")
    .replace(/(failed after .*|since [\d:]+): .*/, "$1: REASON")
    .replace(/--allowed-origin \S+/, "--allowed-origin ORIGIN")
    .replaceAll(/\d+(?:\.\d+)*[kM]?/g, "n")
    .replaceAll(/\bm?s\b|\bmin\b/g, "s")
    .replaceAll(/ {2,}/g, "  ");
}
