/**
 * SIGKILL at random moments, under load, while refreshes go on all the time.
 *
 * `CODAZE_KILLS` says how many times, `CODAZE_SEED` which moments: they are
 * the same for the same seed, what they hit is not.
 */
import { assert, assertMatch } from "@std/assert";
import { CANARY } from "../../lib/simulator/accounts/canary.ts";
import { type Random, seeded } from "../support/random.ts";
import { type Codaze, startCodaze } from "../support/codaze.ts";
import { flagsFor, publicBase, turnAt } from "../support/killable.ts";
import { Fleet } from "./fleet.ts";

const KILLS = Number(Deno.env.get("CODAZE_KILLS") ?? 20);
const SEED = Number(Deno.env.get("CODAZE_SEED") ?? Date.now() % 1e6);
/** A fleet's record of requests is in memory, so that it must not grow old. */
const MAX_KILLS_PER_FLEET = 30;
const LANES = 2;
const CALLERS = 4;

Deno.test({
  name: `accounts outlive ${KILLS} kills at random moments (seed ${SEED})`,
  ignore: Deno.build.os === "windows",
  timeout: 30 * 60 * 1000,
  async fn() {
    const sum = { kills: 0, refreshes: 0, turns: 0, lost: 0 };
    const started = performance.now();
    const random = seeded(SEED);
    const count = Math.max(LANES, Math.ceil(KILLS / MAX_KILLS_PER_FLEET));
    const fleets = Array.from({ length: count }, (_, n) => ({
      kills: Math.ceil((KILLS - n) / count),
      random: seeded(random.int(2 ** 32)),
    }));
    async function lane(): Promise<void> {
      for (let next = fleets.pop(); next; next = fleets.pop()) {
        await using fleet = await Fleet.gather();
        for (let n = 0; n < next.kills; n++) await life(fleet, next.random);
        await lastLife(fleet);
        sum.kills += next.kills;
        sum.refreshes += fleet.refreshes;
        sum.turns += fleet.turns;
        sum.lost += fleet.lost;
      }
    }
    await Promise.all(Array.from({ length: LANES }, lane));
    const seconds = Math.round((performance.now() - started) / 1000);
    // deno-lint-ignore no-console
    console.log(
      `${sum.kills} kills in ${seconds} s, ${sum.turns} turns, ` +
        `${sum.refreshes} refreshes; answers lost, and told by name: ` +
        `${sum.lost}; other losses: 0; other revocations: 0`,
    );
  },
});

/** Starts a gateway, sees that every account is well, and kills it at work. */
async function life(fleet: Fleet, random: Random): Promise<void> {
  if (random.oneIn(5)) await shortLife(fleet, random.int(300));
  await using gateway = start(fleet);
  const base = await checkAccounts(fleet, gateway);
  let alive = true;
  const callers = Array.from({ length: CALLERS }, async () => {
    while (alive) await turnAt(base);
  });
  await wait(5 + random.int(395));
  gateway.kill("SIGKILL");
  alive = false;
  await Promise.all(callers);
  await bury(fleet, gateway);
}

/** Killed while it starts, that is while it tidies up after the last one. */
async function shortLife(fleet: Fleet, ms: number): Promise<void> {
  await using gateway = start(fleet);
  await wait(ms);
  gateway.kill("SIGKILL");
  await bury(fleet, gateway);
}

/** Ends in peace: what it leaves must be in order. */
async function lastLife(fleet: Fleet): Promise<void> {
  await using gateway = start(fleet);
  await checkAccounts(fleet, gateway);
  gateway.kill("SIGTERM");
  await bury(fleet, gateway);
  await fleet.checkEnd();
}

function start({ simulator, dir }: Fleet): Codaze {
  return startCodaze([
    ...flagsFor(simulator, dir),
    "--routing-policy=round_robin",
    "--affinity=none",
  ]);
}

async function bury(fleet: Fleet, gateway: Codaze): Promise<void> {
  const { stderr } = await gateway.ended;
  assert(!CANARY.test(stderr), "a token in the log");
  await fleet.buried();
}

/** Every account serves a turn, or is one that nobody could have saved. */
async function checkAccounts(fleet: Fleet, gateway: Codaze): Promise<string> {
  const base = await publicBase(gateway);
  const page = await gateway.printed(/admin port +(\S+)/);
  const admin = `${page}admin/accounts`;
  fleet.reborn();
  const mourned = new Set<string>();
  // Round robin: each turn goes to the next account that is left.
  for (let turns = 0; turns < 1000; turns++) {
    const { accounts } = await (await fetch(admin)).json();
    const waiting = accounts.filter(isWaiting);
    if (waiting.length === 0) return base;
    for (const { id, last_error, routing_state } of waiting) {
      if (routing_state !== "auth_invalid" || mourned.has(id)) continue;
      assertMatch(last_error, /the answer to an earlier refresh was lost/);
      await gateway.printed(
        new RegExp(`a refresh was interrupted.* account=${id}\\b`),
      );
      const lost = fleet.simulator.accounts.find(({ name }) => name === id);
      assert(lost !== undefined, `unknown account ${id}`);
      await fleet.mourn(lost);
      mourned.add(id);
    }
    await turnAt(base);
  }
  throw new Error(`seed ${SEED}: an account neither serves nor is lost`);
}

function isWaiting(
  account: Readonly<Record<string, unknown>>,
): boolean {
  return account["last_success_at"] === null ||
    account["routing_state"] === "auth_invalid";
}

function wait(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
