/**
 * Log lines as a person reads them: in local time, known messages as sentences,
 * others with their fields as they are. A line of its own tells the day.
 */
import { bold, dim, green, red, yellow } from "@std/fmt";
import type { LogLevel } from "../../config/flags.ts";
import type { LogFields } from "../../runtime.ts";
import { ACCOUNT_SENTENCES } from "./account_sentences.ts";
import { inOneLine } from "./one_line.ts";
import { PROCESS_SENTENCES } from "./process_sentences.ts";
import type { Sentence } from "./sentence.ts";
import { isOfOutage, TURN_SENTENCES } from "./turn_sentences.ts";

export interface LogEvent {
  /** Milliseconds since the epoch. */
  readonly now: number;
  readonly level: LogLevel;
  readonly message: string;
  readonly fields: LogFields | undefined;
}

/** The sentences by message. */
export const SENTENCES: ReadonlyMap<string, Sentence> = new Map(
  Object.entries({
    ...PROCESS_SENTENCES,
    ...ACCOUNT_SENTENCES,
    ...TURN_SENTENCES,
  }),
);

export interface TextLinesOptions {
  /** The lowest that is written. */
  readonly level: LogLevel;
  readonly tellsDay: boolean;
}

export class TextLines {
  readonly #options: TextLinesOptions;
  readonly #clock = new ClockTexts();
  #day = "";
  #isStarting = true;
  #isDoubtful = false;
  #isOutage = false;

  constructor(options: TextLinesOptions) {
    this.#options = options;
  }

  /** For an event that is not written: its level is too low. */
  heard(message: string, fields: LogFields = {}): void {
    if (message === "turn ended") this.#isDoubtful = isOfOutage(fields);
    if (message === "accounts") this.#isStarting = false;
    if (message === "upstream unreachable") this.#isOutage = true;
    if (message === "upstream is back") this.#isOutage = false;
  }

  /** One line, two when the day changes, or none. */
  of({ now, level, message, fields = {} }: LogEvent): readonly string[] {
    const { level: least, tellsDay } = this.#options;
    const sentence = SENTENCES.get(message);
    const text = sentence === undefined
      ? withFields(message, fields)
      : sentence(fields, {
        now,
        isDetailed: least === "debug",
        hasInfo: least === "debug" || least === "info",
        isStarting: this.#isStarting,
        isDoubtful: this.#isDoubtful,
        isOutage: this.#isOutage,
      });
    this.heard(message, fields);
    if (text === "") return [];
    const { time, day } = this.#clock.at(now);
    const mark = MARKS[level];
    const paint = level === "info" ? TONES.get(message) ?? same : PAINT[level];
    const line = `${dim(time)} ${paint(mark + inOneLine(text))}`;
    if (day === this.#day || !tellsDay) return [line];
    this.#day = day;
    return [bold(day), line];
  }
}

const MARKS: Readonly<Record<LogLevel, string>> = {
  debug: "debug ",
  info: "",
  warn: "warn  ",
  error: "error ",
};

type Paint = (text: string) => string;

const same: Paint = (text) => text;

const PAINT: Readonly<Record<Exclude<LogLevel, "info">, Paint>> = {
  debug: dim,
  warn: yellow,
  error: red,
};

const TONES: ReadonlyMap<string, Paint> = new Map([
  ["failover", yellow],
  ["session moved to another account", yellow],
  ["upstream is back", green],
  ["trouble is over", green],
  ["a limit is free ahead of time", green],
]);

function withFields(message: string, fields: LogFields): string {
  // A person knows the account by its label.
  const { label, ...rest } = fields;
  const shown = label === undefined ? rest : { ...rest, account: label };
  const pairs = Object.entries(shown).filter(([, value]) => value !== undefined)
    .map(([key, value]) => ` ${key}=${quoted(value)}`);
  return message + pairs.join("");
}

function quoted(value: LogFields[string]): string {
  if (typeof value !== "string") return String(value);
  return PLAIN.test(value) ? value : JSON.stringify(value);
}

const PLAIN = /^[\w.:/@+-]+$/;

/** The texts of a moment; those of one second are made once. */
class ClockTexts {
  #second = NaN;
  #texts = { time: "", day: "" };

  at(now: number): { readonly time: string; readonly day: string } {
    const second = Math.floor(now / 1000);
    if (second === this.#second) return this.#texts;
    this.#second = second;
    const date = new Date(now);
    return this.#texts = { time: timeText(date), day: dayText(date) };
  }
}

const DAYS = "Sun Mon Tue Wed Thu Fri Sat".split(" ");
const MONTHS = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split(" ");

/** "14:02:11" in local time. */
function timeText(date: Date): string {
  return [date.getHours(), date.getMinutes(), date.getSeconds()]
    .map(twoDigits).join(":");
}

/** "Sun 29 Nov 2026, UTC+1": a change of the clocks begins a day, too. */
function dayText(date: Date): string {
  const day = DAYS[date.getDay()];
  const month = MONTHS[date.getMonth()];
  return `${day} ${date.getDate()} ${month} ${date.getFullYear()}, ${
    zoneText(-date.getTimezoneOffset())
  }`;
}

/** `ahead`: minutes that local time is ahead of UTC. */
function zoneText(ahead: number): string {
  if (ahead === 0) return "UTC";
  const hours = Math.floor(Math.abs(ahead) / 60);
  const minutes = Math.abs(ahead) % 60;
  const rest = minutes === 0 ? "" : `:${twoDigits(minutes)}`;
  return `UTC${ahead < 0 ? "-" : "+"}${hours}${rest}`;
}

function twoDigits(number: number): string {
  return String(number).padStart(2, "0");
}
