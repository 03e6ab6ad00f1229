/**
 * Walks by chance: after every step the headers, the events and the page of an
 * account agree with each other, and with the rules written down once more.
 */

import { assert, assertEquals } from "@std/assert";
import { type Random, seeded } from "../support/random.ts";
import {
  ask,
  DAY_MS,
  FIVE_HOURS,
  HOUR_MS,
  type QuotaTest,
  SPARK,
  startWithQuota,
  type Told,
  toldByEvents,
  toldByHeaders,
  toldByPage,
  turnStateIn,
  usagePage,
  WEEK,
} from "./quota_support.ts";
import { SocketClient } from "./socket_client.ts";

const OWN_LIMIT = "codex_bengalfox";
const QUOTA = {
  windows: [{ minutes: FIVE_HOURS, cost: 15 }, { minutes: WEEK, cost: 4 }],
  limits: [{
    id: OWN_LIMIT,
    model: SPARK,
    windows: [{ minutes: WEEK, cost: 30 }],
  }],
};
const LATER = [1000, 60_000, HOUR_MS, 3 * HOUR_MS, DAY_MS];

/** A window as the rules have it. */
class Expected {
  readonly #limit: string;
  readonly #minutes: number;
  readonly #cost: number;
  #used = 0;
  #ends = 0;

  constructor(limit: string, minutes: number, cost: number) {
    this.#limit = limit;
    this.#minutes = minutes;
    this.#cost = cost;
  }

  used(now: number): number {
    return now < this.#ends ? this.#used : 0;
  }

  set(used: number, now: number): void {
    if (now >= this.#ends) this.#ends = now + this.#minutes * 60_000;
    this.#used = used;
  }

  charge(now: number): void {
    this.set(this.used(now) + this.#cost, now);
  }

  reset(keepAnchor: boolean): void {
    this.#used = 0;
    if (!keepAnchor) this.#ends = 0;
  }

  told(now: number): string {
    const ends = now < this.#ends ? this.#ends : now + this.#minutes * 60_000;
    return `${this.#limit}: ${this.used(now)}%/${this.#minutes}@${ends / 1000}`;
  }
}

interface Answer {
  readonly served: boolean;
  readonly turnState: string;
  readonly told: Told;
}

class Walk {
  readonly #test: QuotaTest;
  readonly #client: SocketClient;
  readonly #random: Random;
  readonly #usual = [
    new Expected("codex", FIVE_HOURS, 15),
    new Expected("codex", WEEK, 4),
  ];
  readonly #own = [new Expected(OWN_LIMIT, WEEK, 30)];
  #hasCredits = false;
  /** Of the latest turns. */
  #turnStates: readonly string[] = [];
  /** How many turns of each kind there were. */
  readonly seen = { served: 0, refused: 0, pastTheLimit: 0 };

  constructor(test: QuotaTest, client: SocketClient, random: Random) {
    this.#test = test;
    this.#client = client;
    this.#random = random;
  }

  async step(): Promise<void> {
    const { clock, quota, simulator } = this.#test;
    switch (this.#random.int(12)) {
      case 0:
        clock.pass(this.#random.pick(LATER));
        break;
      case 1: {
        const keepAnchor = this.#random.oneIn(2);
        simulator.resetAll({ keepAnchor });
        for (const window of this.#windows) window.reset(keepAnchor);
        break;
      }
      case 2: {
        const used = this.#random.int(120);
        quota.setUsed([used]);
        this.#usual[0]?.set(used, clock.now);
        break;
      }
      case 3:
        this.#hasCredits = this.#random.oneIn(3);
        quota.setCredits({ hasCredits: this.#hasCredits });
        break;
      default:
        await this.#turn();
    }
    assertEquals(await this.#toldByPage(), {
      plan: "plus",
      windows: this.#windows.map((one) => one.told(clock.now)).sort(),
      hasCredits: this.#hasCredits,
    });
  }

  async #turn(): Promise<void> {
    const { now } = this.#test.clock;
    const isOwn = this.#random.oneIn(3);
    const windows = isOwn ? this.#own : this.#usual;
    const model = isOwn ? SPARK : "gpt-6.2-sol";
    const turnState = this.#turnStates.length > 0 && this.#random.oneIn(3)
      ? this.#random.pick(this.#turnStates)
      : undefined;
    const isSpent = windows.some((window) => window.used(now) >= 100);
    const isPaid = isSpent && this.#hasCredits;
    const isServed = !isSpent || isPaid || turnState !== undefined;
    if (isServed && !isPaid) {
      for (const window of windows) window.charge(now);
    }

    const answer = this.#random.oneIn(2)
      ? await this.#askBySocket(model, turnState)
      : await this.#ask(model, turnState);
    assertEquals(answer.served, isServed);
    assertEquals(answer.told, await this.#toldByPage());
    if (isServed) {
      this.#turnStates = [...this.#turnStates, answer.turnState].slice(-3);
    }
    this.seen[isServed ? isSpent ? "pastTheLimit" : "served" : "refused"]++;
  }

  async #ask(model: string, turnState: string | undefined): Promise<Answer> {
    const { status, headers } = await ask(this.#test, { model, turnState });
    return {
      served: status === 200,
      turnState: turnStateIn(headers),
      told: toldByHeaders(headers),
    };
  }

  async #askBySocket(
    model: string,
    turnState: string | undefined,
  ): Promise<Answer> {
    const metadata = turnState === undefined
      ? {}
      : { client_metadata: { "x-codex-turn-state": turnState } };
    const events = await this.#client.turn("say: hi", { model, ...metadata });
    const [first, second] = events;
    const headers = new Headers(Object(first?.headers ?? second?.headers));
    const served = first?.type === "response.created";
    return {
      served,
      turnState: turnStateIn(headers),
      told: served ? toldByEvents(events) : toldByHeaders(headers),
    };
  }

  get #windows(): readonly Expected[] {
    return [...this.#usual, ...this.#own];
  }

  async #toldByPage(): Promise<Told> {
    return toldByPage(await usagePage(this.#test));
  }
}

for (const seed of [1, 2, 3]) {
  Deno.test(`headers, events and the page agree through 300 steps of seed ${seed}`, async () => {
    await using test = await startWithQuota(QUOTA);
    using client = await SocketClient.open(test.simulator, test.account);
    const walk = new Walk(test, client, seeded(seed));
    for (let step = 0; step < 300; step++) await walk.step();
    for (const [kind, turns] of Object.entries(walk.seen)) {
      assert(turns >= 5, `${turns} turns ${kind}`);
    }
    assertEquals(test.simulator.violations, []);
  });
}
