/** How spans of time are written for a person. Pure. */

const MINUTE = 60;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** In milliseconds: "45 s", "12 min", "2 h 5 min", "3 d 4 h". */
export function durationText(ms: number): string {
  const seconds = Math.ceil(ms / 1000);
  if (seconds < MINUTE) return `${Math.max(0, seconds)} s`;
  if (seconds < HOUR) return `${Math.round(seconds / MINUTE)} min`;
  return seconds < DAY
    ? parts(seconds, [HOUR, "h"], [MINUTE, "min"])
    : parts(seconds, [DAY, "d"], [HOUR, "h"]);
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
  return `${whole} ${largeName}${more}`;
}
