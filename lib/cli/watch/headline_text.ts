/** The state of the pool in a sentence, with times as this machine has them. */
import { untilText } from "../terminal/words.ts";
import { shortClock } from "./turn_words.ts";
import type { Shown } from "./shown.ts";

/** "2 of 3 accounts can serve; ada is back at 14:40 (in 1 h 12 min)." */
export function headlineText(
  { headline }: Pick<Shown, "headline">,
  now: number,
): string {
  return headline.map((part) => {
    if (typeof part === "string") return part;
    const clock = shortClock(part, now);
    const preposition = /^\d\d:/.test(clock) ? "at" : "on";
    const until = untilText(new Date(part).toISOString(), now);
    return `${preposition} ${clock} (${until})`;
  }).join("");
}
