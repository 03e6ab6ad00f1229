/**
 * Plays a year of requests over a pool. Each choice is the program's own: it
 * builds the input of a decision and calls `decide`.
 *
 * A request that no account may serve is refused, and its work is lost. The one
 * that crosses a limit is served.
 */
import { decide } from "../../lib/policy/decide.ts";
import type { PolicyName } from "../../lib/policy/input.ts";
import { Account, type Plan } from "./account.ts";
import type { Request } from "./demand.ts";
import { Queue } from "./queue.ts";
import { seeded } from "./random.ts";
import { DAY, HOUR, WEEK } from "./time.ts";

export interface PlayOptions {
  readonly policy: PolicyName;
  readonly stickiness: "session" | "none";
  /** Decides when the weeks end that run as the year begins. */
  readonly seed: number;
  /** Only the first weeks of the year. */
  readonly weeks: number;
}

/** Shares of 1, unless it says otherwise. */
export interface Figures {
  readonly requests: number;
  readonly refused: number;
  /** On how many days a request was refused. */
  readonly days: number;
  /** Of the weeks that ended, what was left unused. */
  readonly waste: number;
  /** Of the weeks' time, by allowance, how much they were not running. */
  readonly standstill: number;
  /** What cold caches cost, as a share of the work that was done. */
  readonly extra: number;
  /** Per 1,000 requests: sessions that came to another account. */
  readonly moves: number;
}

/** An account keeps the prompt of a session this long. */
const CACHE_TTL = HOUR;

export function play(
  demand: readonly Request[],
  plans: readonly Plan[],
  options: PlayOptions,
): Figures {
  const end = options.weeks * WEEK;
  const year = new Year(plans, options);
  for (const request of demand) {
    if (request.at >= end) break;
    year.ask(request);
  }
  return year.figuresAt(end);
}

/** An answer under way. */
interface Answer {
  readonly at: number;
  readonly account: Account;
  readonly cost: number;
}

/** Who served a session last, and until when. */
interface Served {
  readonly account: Account;
  readonly until: number;
}

class Year {
  readonly #options: PlayOptions;
  /** Sorted by id. */
  readonly #accounts: readonly Account[];
  readonly #answers = new Queue<Answer>();
  readonly #sessions = new Map<number, Served>();
  readonly #refusedDays = new Set<number>();
  #lastPicked: string | undefined;
  #requests = 0;
  #refused = 0;
  #moves = 0;
  /** What the served requests would have cost with warm caches. */
  #warmWork = 0;
  #charged = 0;

  constructor(plans: readonly Plan[], options: PlayOptions) {
    this.#options = options;
    this.#accounts = plans.map((plan, index) =>
      new Account(`account-${index}`, plan)
    );
    const phases = seeded(options.seed ^ 31);
    for (const account of this.#accounts) {
      account.week.beganEarlier(phases.share() * WEEK);
      account.look(0);
    }
  }

  ask(request: Request): void {
    this.#endAnswers(request.at);
    this.#requests++;
    const served = this.#sessions.get(request.session);
    const account = this.#choose(request.at, served?.account);
    if (account === undefined) {
      this.#refused++;
      this.#refusedDays.add(Math.floor(request.at / DAY));
      return;
    }
    if (served && served.account !== account) this.#moves++;
    this.#serve(request, account, served);
  }

  figuresAt(end: number): Figures {
    // No answer takes a day; by the end of the next week all weeks are over.
    this.#endAnswers(end + DAY);
    for (const account of this.#accounts) account.look(end + WEEK);
    const sum = (of: (account: Account) => number) =>
      this.#accounts.reduce((all, account) => all + of(account), 0);
    return {
      requests: this.#requests,
      refused: this.#refused / this.#requests,
      days: this.#refusedDays.size,
      waste: sum(({ week }) => week.unused) / sum(({ week }) => week.opened),
      standstill: sum(({ week, plan }) => week.stood * plan.week) /
        sum(({ plan }) => end * plan.week),
      extra: this.#charged / this.#warmWork - 1,
      moves: 1000 * this.#moves / this.#requests,
    };
  }

  /** Asks one account after the other, as the gateway does. */
  #choose(now: number, owner: Account | undefined): Account | undefined {
    const { policy, stickiness } = this.#options;
    const tried: string[] = [];
    while (true) {
      const { account: id, rule } = decide({
        now,
        policy,
        owner: stickiness === "session" ? owner?.id : undefined,
        inTurn: false,
        tried,
        doubts: [],
        lastPicked: this.#lastPicked,
        accounts: this.#accounts.map((account) => account.view(now)),
      });
      const account = this.#accounts.find((one) => one.id === id);
      if (account === undefined) return undefined;
      if (rule === "round_robin") this.#lastPicked = account.id;
      if (!account.isRefused(now)) return account;
      account.refuse(now);
      tried.push(account.id);
    }
  }

  #serve(request: Request, account: Account, served?: Served): void {
    const { at, session, warm, cold, takes } = request;
    const isCached = served?.account === account &&
      at - served.until <= CACHE_TTL;
    const cost = isCached ? warm : cold;
    this.#warmWork += warm;
    this.#charged += cost;
    account.begin(at);
    this.#answers.add({ at: at + takes, account, cost });
    this.#sessions.set(session, { account, until: at + takes });
  }

  #endAnswers(now: number): void {
    while (true) {
      const answer = this.#answers.takeDue(now);
      if (answer === undefined) return;
      answer.account.end(answer.at, answer.cost);
    }
  }
}
