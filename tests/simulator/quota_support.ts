/** A simulator whose clock only a test moves, and its limits as they are told. */

import type { SimulatedAccount } from "../../lib/simulator/accounts/account.ts";
import type { QuotaOptions } from "../../lib/simulator/quota/options.ts";
import type { SimulatedQuota } from "../../lib/simulator/quota/quota.ts";
import { CATALOGUE } from "../../lib/simulator/model/catalogue.ts";
import {
  type Simulator,
  startSimulator,
} from "../../lib/simulator/simulator.ts";
import { FakeClock } from "../support/clock.ts";
import { authorization, type Json, post, turnBody } from "./support.ts";

export const HOUR_MS = 3_600_000;
export const DAY_MS = 24 * HOUR_MS;
export const FIVE_HOURS = 300;
export const WEEK = 10_080;
/** A model with a limit of its own. */
export const SPARK = "gpt-x-spark";

/** As in the captures: full for another two hours, and 40 % of the week. */
export const SPENT: QuotaOptions = {
  windows: [
    { minutes: FIVE_HOURS, used: 100, leftMs: 2 * HOUR_MS },
    { minutes: WEEK, used: 40 },
  ],
};

export interface QuotaTest extends AsyncDisposable {
  readonly simulator: Simulator;
  readonly account: SimulatedAccount;
  readonly quota: SimulatedQuota;
  readonly clock: FakeClock;
}

export async function startWithQuota(
  options: QuotaOptions = {},
): Promise<QuotaTest> {
  const clock = new FakeClock();
  const simulator = await startSimulator({
    websockets: true,
    now: clock.read.now,
    models: [...CATALOGUE, { slug: SPARK }],
    // A test lets weeks pass on one connection.
    connectionLimitMs: Infinity,
  });
  // Its tokens outlive every window.
  const tokenLifetimeMs = 1000 * DAY_MS;
  const account = simulator.addAccount({ name: "alpha", tokenLifetimeMs });
  return {
    simulator,
    account,
    quota: account.setQuota(options),
    clock,
    [Symbol.asyncDispose]: () => simulator.close(),
  };
}

/** One request over HTTP, read to its end. */
export async function ask(
  { simulator, account }: QuotaTest,
  { model = "gpt-6.2-sol", turnState, path = "/responses" }: {
    readonly model?: string;
    readonly turnState?: string | undefined;
    readonly path?: string;
  } = {},
): Promise<{
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
}> {
  const headers: Record<string, string> = turnState === undefined
    ? {}
    : { "x-codex-turn-state": turnState };
  const body = turnBody("say: hi", { model });
  const response = await post(simulator, { account, body, headers, path });
  const { status } = response;
  return { status, headers: response.headers, text: await response.text() };
}

export function turnStateIn(headers: Headers): string {
  return headers.get("x-codex-turn-state") ?? "";
}

export function get(
  { simulator, account }: Pick<QuotaTest, "simulator" | "account">,
  path: string,
  init: RequestInit = {},
): Promise<Response> {
  const headers = authorization(account);
  return fetch(`${simulator.origin}${path}`, { ...init, headers });
}

/** As a caller gets it, so that a field may be anything. */
export type Page = Awaited<ReturnType<Response["json"]>>;

export async function usagePage(test: QuotaTest): Promise<Page> {
  return await (await get(test, "/backend-api/wham/usage")).json();
}

/** What is told of a quota: `limit: used%/minutes@reset` of each window. */
export interface Told {
  readonly plan: unknown;
  readonly windows: readonly string[];
  readonly hasCredits: boolean;
}

export function toldByHeaders(headers: Headers): Told {
  const used = /^x-(.+)-(primary|secondary|tertiary)-used-percent$/;
  const windows = [...headers].flatMap(([name, percent]) => {
    const [, family = "", place] = used.exec(name) ?? [];
    const rest = (what: string) => headers.get(`x-${family}-${place}-${what}`);
    return place === undefined ? [] : [
      `${family.replaceAll("-", "_")}: ${percent}%/${rest("window-minutes")}@${
        rest("reset-at")
      }`,
    ];
  });
  return {
    plan: headers.get("x-codex-plan-type"),
    windows: windows.sort(),
    hasCredits: headers.get("x-codex-credits-has-credits") === "True",
  };
}

export function toldByEvents(events: readonly Json[]): Told {
  const told = events.filter(({ type }) => type === "codex.rate_limits");
  const windows = told.flatMap(({ metered_limit_name: id, rate_limits: all }) =>
    Object.values(Object(all)).map(Object)
      .filter((one) => "used_percent" in one)
      .map((one) =>
        `${id}: ${one.used_percent}%/${one.window_minutes}@${one.reset_at}`
      )
  );
  return {
    plan: told[0]?.plan_type,
    windows: windows.sort(),
    hasCredits: Object(told[0]?.credits).has_credits,
  };
}

export function toldByPage(page: Page): Told {
  const limits = [
    { metered_feature: "codex", rate_limit: page.rate_limit },
    ...page.additional_rate_limits ?? [],
  ];
  const windows = limits.flatMap(({ metered_feature: id, rate_limit }) =>
    Object.values(rate_limit ?? {}).map(Object)
      .filter((one) => "used_percent" in one)
      .map((one) =>
        `${id}: ${one.used_percent}%/${
          one.limit_window_seconds / 60
        }@${one.reset_at}`
      )
  );
  return {
    plan: page.plan_type,
    windows: windows.sort(),
    hasCredits: page.credits.has_credits,
  };
}
