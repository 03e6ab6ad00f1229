/**
 * Compares this machine's clock with those of the hosts. A wrong clock makes
 * good access tokens look expired, and spent accounts look fresh.
 */
import { counted } from "../terminal/words.ts";
import { type Finding, voiceOf } from "./finding.ts";
import type { CheckContext } from "./context.ts";

const voice = voiceOf("clock");

/** Allows for slow answers, and for `Date`, which has whole seconds. */
const WARN_MS = 60_000;
/** From here on, the clocks may not even agree on the day. */
const FAIL_MS = 12 * 3_600_000;

const CURES: Readonly<Record<string, string>> = {
  linux: "set it: sudo timedatectl set-ntp true",
  darwin: "set it: sudo sntp -sS time.apple.com",
  windows: "set it: w32tm /resync",
};

export async function checkClock(
  { hosts }: Pick<CheckContext, "hosts">,
): Promise<readonly Finding[]> {
  const ahead = (await hosts).map(({ aheadMs }) => aheadMs)
    .find((ms) => ms !== undefined);
  if (ahead === undefined) {
    return [voice.good("cannot be compared: no host sent its time")];
  }
  const off = Math.abs(ahead);
  if (off <= WARN_MS) {
    return [
      voice.good(`agrees with the hosts, within ${Math.ceil(off / 1000)} s`),
    ];
  }
  const found = `${duration(off)} ${
    ahead > 0 ? "ahead of" : "behind"
  } the hosts`;
  const cure = CURES[Deno.build.os] ?? "set it by a time server";
  return [off < FAIL_MS ? voice.warn(found, cure) : voice.fail(found, cure)];
}

const UNITS = [
  ["day", 86_400_000],
  ["hour", 3_600_000],
  ["minute", 60_000],
] as const;

/** In the largest unit that fits, or almost fits. */
function duration(ms: number): string {
  const [name, size] = UNITS.find(([, size]) => ms > 0.99 * size) ?? UNITS[2];
  return counted(Math.round(ms / size), name);
}
