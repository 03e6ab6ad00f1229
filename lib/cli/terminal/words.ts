/**
 * How times, counts and words of a shell are written for a person. Pure.
 */

const MINUTE = 60;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/**
 * `at` in RFC 3339, `now` in ms: "in 45 s", "in 12 min", "in 2 h 5 min",
 * "in 3 d 4 h". Empty without a time, "now" if it has passed.
 */
export function untilText(at: string | null, now: number): string {
  const time = at === null ? NaN : Date.parse(at);
  if (Number.isNaN(time)) return "";
  const seconds = Math.ceil((time - now) / 1000);
  if (seconds <= 0) return "now";
  if (seconds < MINUTE) return `in ${seconds} s`;
  if (seconds < HOUR) return `in ${Math.round(seconds / MINUTE)} min`;
  return seconds < DAY
    ? parts(seconds, [HOUR, "h"], [MINUTE, "min"])
    : parts(seconds, [DAY, "d"], [HOUR, "h"]);
}

const MONTHS = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split(" ");

/**
 * The day of `at` (RFC 3339) in UTC, `now` in ms: "29 Nov", with the year if it
 * is not the current one. Empty without a time.
 */
export function dayText(at: string | null, now: number): string {
  const time = new Date(at ?? NaN);
  if (Number.isNaN(time.getTime())) return "";
  const day = `${time.getUTCDate()} ${MONTHS[time.getUTCMonth()]}`;
  const year = time.getUTCFullYear();
  return year === new Date(now).getUTCFullYear() ? day : `${day} ${year}`;
}

type Unit = readonly [seconds: number, name: string];

function parts(
  seconds: number,
  [large, largeName]: Unit,
  [small, smallName]: Unit,
): string {
  const whole = Math.floor(seconds / large);
  const rest = Math.floor((seconds % large) / small);
  const more = rest === 0 ? "" : ` ${rest} ${smallName}`;
  return `in ${whole} ${largeName}${more}`;
}

const SCALES = [[1e9, "B"], [1e6, "M"], [1e3, "k"]] as const;

/** `999`, `1.2k`, `123k`, `1.2M`: at most four characters up to `999B`. */
export function shortNumber(count: number): string {
  for (const [scale, letter] of SCALES) {
    const part = count / scale;
    // What would round up to 1000 has the next letter.
    if (part < 0.9995) continue;
    return `${part < 9.95 ? part.toFixed(1) : Math.round(part)}${letter}`;
  }
  return String(count);
}

/** `1 file`, `2 files`: a number and what it counts. */
export function counted(count: number, word: string): string {
  return `${count} ${count === 1 ? word : `${word}s`}`;
}

/** A word as a POSIX shell takes it. */
export function shellWord(text: string): string {
  return /^[\w./:=,@%+-]+$/.test(text)
    ? text
    : `'${text.replaceAll("'", `'\\''`)}'`;
}
