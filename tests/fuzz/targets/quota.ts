/** What upstream tells of a quota: headers, events, the page of usage. */
import { parseObject } from "../../../lib/protocol/json.ts";
import { merged, quotaAt, type Reading } from "../../../lib/quota/quota.ts";
import { readEvent } from "../../../lib/quota/read_event.ts";
import { readHeaders } from "../../../lib/quota/read_headers.ts";
import { readPage } from "../../../lib/quota/read_page.ts";
import {
  bytesOf,
  captured,
  holds,
  same,
  type Target,
  textOf,
} from "../target.ts";

const NOW = 1_764_374_400_000;
const DAY_MS = 86_400_000;

const SAMPLES: readonly string[] = [
  "x-codex-primary-used-percent: 12.5\nx-codex-primary-window-minutes: 300\nx-codex-primary-reset-at: 1764374500\nx-codex-secondary-used-percent: 34\nx-codex-plan-type: plus",
  "x-codex-bengalfox-primary-used-percent: 100\nx-codex-bengalfox-primary-reset-after-seconds: 60\nx-codex-bengalfox-limit-name: gpt-6.2-sol\nx-codex-credits-has-credits: True\nx-codex-credits-unlimited: 0",
  '{"type":"codex.rate_limits","plan_type":"plus","metered_limit_name":"codex-other","rate_limits":{"allowed":true,"primary":{"used_percent":40,"window_minutes":300,"reset_at":1764374500},"secondary":null}}',
  '{"plan_type":"pro","account_id":"a","rate_limit":{"primary_window":{"used_percent":1,"limit_window_seconds":604800,"reset_after_seconds":9}},"additional_rate_limits":[{"limit_name":"m","metered_feature":"codex_m","rate_limit":{"primary_window":{"used_percent":7,"reset_at":1764374500}}}],"credits":{"has_credits":true,"unlimited":false,"balance":"3"}}',
];

export const QUOTA: Target = {
  name: "quota",
  samples: [
    ...SAMPLES.map(bytesOf),
    ...captured("G14-account-endpoints.json", ["body"]),
  ],
  words: [
    "x-codex-tertiary-used-percent: 101",
    '"used_percent":',
    '"reset_at":99999999999999999',
    '"limit_window_seconds":0',
    "1e9",
    "-1",
    "null",
    '"metered_feature":"codex"',
  ],
  check: (input) => {
    const text = textOf(input);
    const headers = headersOf(text);
    const fromHeaders = readHeaders(headers, NOW);
    const turned = new Headers([...headers].toReversed());
    same(readHeaders(turned, NOW), fromHeaders, "headers in another order");
    const object = parseObject(text);
    if (object !== undefined) {
      const more = bytesOf(JSON.stringify({ ...object, "x-unknown": [{}] }));
      const page = { accountId: "a", now: NOW };
      same(readEvent(textOf(more), NOW), readEvent(text, NOW), "a key more");
      same(readPage(more, page), readPage(input, page), "a key more");
    }
    const readings = [
      fromHeaders,
      readEvent(text, NOW),
      readPage(input, { accountId: undefined, now: NOW }),
    ];
    for (const reading of readings) if (reading) checkReading(reading);
  },
};

function headersOf(text: string): Headers {
  const headers = new Headers();
  for (const line of text.split("\n")) {
    const colon = line.indexOf(":");
    const name = line.slice(0, colon);
    try {
      if (!headers.has(name)) {
        headers.append(name, line.slice(colon + 1).trim());
      }
    } catch {
      // Not a header line.
    }
  }
  return headers;
}

function checkReading(reading: Reading): void {
  holds(reading.limits.length <= 16, "too many limits");
  for (const { id, windows } of reading.limits) {
    holds(/^[a-z0-9_.]{1,64}$/.test(id), `the limit ${id}`);
    holds(windows.length >= 1 && windows.length <= 3, "no windows");
    for (const { used, minutes, resetsAt } of windows) {
      holds(used >= 0 && used <= 100, `used ${used}`);
      holds(
        minutes === undefined || (minutes >= 1 && minutes <= 600_000),
        `${minutes} min`,
      );
      const isNear = resetsAt === undefined ||
        Math.abs(resetsAt - NOW) <= 400 * DAY_MS;
      holds(isNear, `a reset at ${resetsAt}`);
    }
  }
  const quota = merged(undefined, reading);
  same([...merged(quota, reading).limits], [...quota.limits], "told twice");
  const later = quotaAt(quota, NOW + 500 * DAY_MS);
  const isRunning = [...later.limits.values()].flatMap(({ windows }) => windows)
    .some(({ running, resetsAt }) => running && resetsAt !== undefined);
  holds(!isRunning, "a window outlives its reset");
}
