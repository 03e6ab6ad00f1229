/** What befalls the network as a whole, every few seconds, for a while. */
import type { Random } from "../support/random.ts";
import { pause } from "./clock.ts";
import type { Front } from "./upstream/front.ts";

interface Doors {
  readonly front: Front;
  readonly proxy: Front | undefined;
}

interface Spell {
  readonly from: number;
  readonly to: number;
}

/** What began shortly before, or ends shortly behind, has been in it. */
const MARGIN_MS = 1_500;

export class Weather {
  readonly #doors: Doors;
  readonly #random: Random;
  readonly #bad: Spell[] = [];

  constructor(doors: Doors, random: Random) {
    this.#doors = doors;
    this.#random = random;
  }

  /** Whether it was bad at any time since then. */
  wasBad(since: number): boolean {
    return this.#bad.some(({ to }) => to + MARGIN_MS >= since);
  }

  async run(until: number): Promise<void> {
    while (true) {
      const calm = 3_000 + this.#random.int(6_000);
      const bad = 300 + this.#random.int(1_700);
      if (Date.now() + calm + bad > until) return;
      await pause(calm);
      const from = Date.now();
      this.#bad.push({ from, to: from + bad });
      if (this.#bad.length > 100) this.#bad.shift();
      await this.#storm(bad);
    }
  }

  /** Connections are refused, and at times those that are open are cut. */
  async #storm(ms: number): Promise<void> {
    const { front, proxy } = this.#doors;
    const door = proxy && this.#random.oneIn(2) ? proxy : front;
    const cuts = this.#random.oneIn(2);
    door.shut();
    if (cuts) door.slam();
    await pause(ms);
    await door.open();
  }
}
