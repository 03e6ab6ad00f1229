/**
 * Days as the ledger counts them: in local time, since a person who asks what
 * today has cost means the day of the clock on the wall. Pure, apart from the
 * time zone.
 */

/** The day of `now` (ms since the epoch), as `YYYY-MM-DD`. */
export function dayOf(now: number): string {
  return written(new Date(now));
}

/** The last `count` days, the one of `now` included; oldest first. */
export function lastDays(now: number, count: number): readonly string[] {
  const today = new Date(now);
  // Noon exists on every day, also where the clock changes at midnight.
  today.setHours(12, 0, 0, 0);
  return Array.from({ length: count }, (_, at) => {
    const day = new Date(today);
    day.setDate(today.getDate() - (count - 1 - at));
    return written(day);
  });
}

function written(date: Date): string {
  const part = (value: number, length = 2) =>
    String(value).padStart(length, "0");
  return [
    part(date.getFullYear(), 4),
    part(date.getMonth() + 1),
    part(date.getDate()),
  ].join("-");
}
