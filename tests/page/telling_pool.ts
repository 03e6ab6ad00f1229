/**
 * A pool that tells much: three accounts as a person would have them, one of
 * them used up until this afternoon, with turns behind it and one under way.
 * For tests, screenshots and whoever wants to look.
 */
import denoJson from "../../deno.json" with { type: "json" };
import { neverAnswers, slowHead } from "../../lib/simulator/faults/faults.ts";
import { startTestGateway, type TestGateway } from "../support/gateway.ts";

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const FIVE_HOURS = 5 * 60;
const WEEK = 7 * 24 * 60;

export async function startTellingPool(): Promise<TestGateway> {
  const test = await startTestGateway({
    accounts: ["ada", "grace", "linus"],
    warm: true,
    websockets: true,
    version: denoJson.version,
    simulated: {
      ada: {
        plan: "plus",
        quota: {
          windows: [
            {
              minutes: FIVE_HOURS,
              used: 99.5,
              leftMs: 1.2 * HOUR_MS,
              cost: 1,
            },
            { minutes: WEEK, used: 79, leftMs: 2 * DAY_MS },
          ],
        },
      },
      grace: {
        plan: "plus",
        quota: {
          windows: [
            { minutes: FIVE_HOURS, used: 21, leftMs: 4 * HOUR_MS, cost: 0.4 },
            { minutes: WEEK, used: 43, leftMs: 5 * DAY_MS, cost: 0.2 },
          ],
          resetCredits: 2,
        },
      },
      linus: {
        plan: "pro",
        quota: {
          windows: [
            { minutes: WEEK, used: 8, leftMs: 5.5 * DAY_MS, cost: 0.1 },
          ],
        },
      },
    },
  });
  for (const name of ["ada", "grace", "linus"]) await readQuota(test, name);
  const talk = async (session: string, more: Talk = {}) => {
    const { model = "gpt-6.2-sol", words = 9_000, ms = 120 } = more;
    for (const account of test.simulator.accounts) account.fault(slowHead(ms));
    const answer = await test.turn({ model, ...inputOf(words) }, {
      headers: { "session-id": session },
    });
    await answer.text();
    for (const account of test.simulator.accounts) account.clearFaults();
  };
  // The session of ada moves on when she is used up.
  await only(test, "ada");
  await talk("first", { words: 4_000, ms: 240 });
  await only(test, undefined);
  await talk("first", { words: 5_000, ms: 310 });
  await talk("second");
  await talk("first", { words: 5_200 });
  await talk("third", { model: "gpt-5.6-terra", words: 700 });
  await talk("second", { words: 9_100 });
  return test;
}

interface Talk {
  readonly model?: string;
  readonly words?: number;
  readonly ms?: number;
}

function inputOf(words: number): Readonly<Record<string, unknown>> {
  const text = `say: done\n${"lorem ".repeat(words)}`;
  const content = [{ type: "input_text", text }];
  return { input: [{ type: "message", role: "user", content }] };
}

/** All others are paused; undefined: none is. */
async function only(
  test: TestGateway,
  name: string | undefined,
): Promise<void> {
  for (const other of ["ada", "grace", "linus"]) {
    const paused = name !== undefined && other !== name;
    const path = `/admin/accounts/${other}/settings`;
    await change(test, "PUT", path, { paused });
  }
}

/** A turn that is under way until the pool ends. */
export function beginTurn(test: TestGateway): void {
  for (const account of test.simulator.accounts) account.fault(neverAnswers());
  const begun = test.turn(inputOf(2_000), { headers: { "session-id": "now" } });
  begun.then((answer) => answer.body?.cancel(), () => {});
}

export async function readQuota(
  test: TestGateway,
  name: string,
): Promise<void> {
  await change(test, "POST", `/admin/accounts/${name}/quota`);
}

async function change(
  test: TestGateway,
  method: string,
  path: string,
  body?: Readonly<Record<string, unknown>>,
): Promise<void> {
  const answer = await test.admin(path, {
    method,
    headers: { "content-type": "application/json" },
    ...body && { body: JSON.stringify(body) },
  });
  await answer.body?.cancel();
}
