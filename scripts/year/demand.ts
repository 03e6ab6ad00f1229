/**
 * A year of one person's work: every request of every session.
 *
 * Sessions begin by the hour of the day and the day of the week; days and weeks
 * differ much. A quarter of the sessions run on their own, request after
 * request. The context grows until it is made short again. All figures are
 * guesses that make a plausible person, and none is measured.
 */
import { type Random, seeded } from "./random.ts";
import { DAY, HOUR, SECOND, WEEKS_OF_YEAR } from "./time.ts";

export interface Request {
  /** Milliseconds since the year began. */
  readonly at: number;
  readonly session: number;
  /** What it costs where its prompt is cached, in weeks of a plus account. */
  readonly warm: number;
  /** What it costs elsewhere. */
  readonly cold: number;
  /** How long its answer takes, in milliseconds. */
  readonly takes: number;
}

export interface DemandOptions {
  readonly seed: number;
  /** What the pool may use in a week, in weeks of a plus account. */
  readonly allowance: number;
  /** The warm work of the year, as a share of the pool's allowance. */
  readonly load: number;
}

/** Thousands of uncached input tokens, or their worth, in a plus week. */
const PLUS_WEEK = 8000;
/** What a token costs, in uncached input tokens. */
const PRICE = { cached: 0.1, output: 6 };
/** A context above the limit is made short again. Thousands of tokens. */
const CONTEXT = { first: 15, limit: 220, short: 20 };
/** To find out what an average session costs. */
const PILOT_SESSIONS = 3000;

/** Sorted by time. */
export function demandOf(
  { seed, allowance, load }: DemandOptions,
): readonly Request[] {
  const random = seeded(seed);
  const hours = busyHours(random);
  const pilot = Array.from(
    { length: PILOT_SESSIONS },
    (_, session) => sessionFrom(0, session, random),
  );
  const averageCost = sum(pilot.flat().map(({ warm }) => warm)) /
    PILOT_SESSIONS;
  const sessions = load * allowance * WEEKS_OF_YEAR / averageCost;
  const perBusyness = sessions / sum(hours);
  const requests: Request[] = [];
  let session = 0;
  for (const [hour, busyness] of hours.entries()) {
    const expected = busyness * perBusyness;
    const isOneMore = random.share() < expected % 1;
    const begun = Math.floor(expected) + (isOneMore ? 1 : 0);
    for (let one = 0; one < begun; one++) {
      const start = (hour + random.share()) * HOUR;
      requests.push(...sessionFrom(start, session++, random));
    }
  }
  return requests.filter(({ at }) => at < hours.length * HOUR)
    .sort((a, b) => a.at - b.at);
}

/** How busy each hour of the year is, compared with the others. */
function busyHours(random: Random): readonly number[] {
  const weeks = Array.from(
    { length: WEEKS_OF_YEAR },
    () => random.logNormal(1, 0.45),
  );
  return weeks.flatMap((week) =>
    [0, 1, 2, 3, 4, 5, 6].flatMap((weekday) => {
      const usual = weekday >= 5 ? 0.35 : 1;
      const day = random.logNormal(1, 0.4) * week * usual;
      return Array.from({ length: DAY / HOUR }, (_, hour) => day * shape(hour));
    })
  );
}

function shape(hour: number): number {
  if (hour === 12) return 0.4;
  if (hour >= 9 && hour < 18) return 1;
  if (hour >= 20 && hour < 23) return 0.6;
  return hour === 7 || hour === 8 ? 0.25 : 0;
}

function sessionFrom(
  start: number,
  session: number,
  random: Random,
): readonly Request[] {
  const isAgent = random.share() < 0.25;
  const count = 1 + Math.floor(random.exponential(isAgent ? 60 : 14));
  const usualGap = (isAgent ? 25 : 150) * SECOND;
  const requests: Request[] = [];
  let context = CONTEXT.first;
  let at = start;
  for (let index = 0; index < count; index++) {
    const input = random.logNormal(2.2, 0.8);
    const output = random.logNormal(0.45, 0.7);
    const takes = (8 + random.logNormal(20, 0.8)) * SECOND;
    const fresh = input + PRICE.output * output;
    requests.push({
      at,
      session,
      warm: (PRICE.cached * context + fresh) / PLUS_WEEK,
      cold: (context + fresh) / PLUS_WEEK,
      takes,
    });
    context += input + output;
    if (context > CONTEXT.limit) context = CONTEXT.short;
    const isBreak = random.share() < 0.01;
    at += takes +
      (isBreak ? random.exponential(5 * HOUR) : random.logNormal(usualGap, 1));
  }
  return requests;
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((all, one) => all + one, 0);
}
