/**
 * How times, counts and words of a shell are written for a person. Pure.
 */

import { durationText } from "../../server/admin/duration_text.ts";

/**
 * `at` in RFC 3339, `now` in ms: "in 45 s", "in 12 min", "in 2 h 5 min",
 * "in 3 d 4 h". Empty without a time, "now" if it has passed.
 */
export function untilText(at: string | null, now: number): string {
  const time = timeIn(at);
  if (time === undefined) return "";
  return time <= now ? "now" : `in ${durationText(time - now)}`;
}

/** The other way round: "3 min ago". Empty without a time. */
export function agoText(at: string | null, now: number): string {
  const time = timeIn(at);
  if (time === undefined) return "";
  return now - time < 1000 ? "just now" : `${durationText(now - time)} ago`;
}

/** Milliseconds since the epoch; undefined if it is no time. */
export function timeIn(at: string | null): number | undefined {
  const time = at === null ? NaN : Date.parse(at);
  return Number.isNaN(time) ? undefined : time;
}

/** In the time zone of this machine: "Sun 29 Nov, 14:05". */
export function localText(at: string | null): string {
  const time = timeIn(at);
  if (time === undefined) return "";
  const date = new Date(time);
  const day = `${DAYS[date.getDay()]} ${date.getDate()} ${
    MONTHS[date.getMonth()]
  }`;
  return `${day}, ${timeOfDay(date)}`;
}

/** The same, but of today (`now` in ms) only the time: "14:05". */
export function clockText(at: string | null, now: number): string {
  const date = new Date(at ?? NaN);
  const isToday = date.toDateString() === new Date(now).toDateString();
  return isToday ? timeOfDay(date) : localText(at);
}

function timeOfDay(date: Date): string {
  const pad = (number: number) => String(number).padStart(2, "0");
  return `${pad(date.getHours())}:${pad(date.getMinutes())}`;
}

const DAYS = "Sun Mon Tue Wed Thu Fri Sat".split(" ");
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
