/** A log that keeps what it is told. */
import type { Log, LogFields } from "../../lib/runtime.ts";

export interface LogLine {
  readonly level: string;
  readonly message: string;
  readonly fields: Readonly<Record<string, unknown>>;
}

export class FakeLog implements Log {
  readonly entries: LogLine[] = [];

  readonly debug = this.#at("debug");
  readonly info = this.#at("info");
  readonly warn = this.#at("warn");
  readonly error = this.#at("error");

  /** `level message {fields}` of each line. */
  get lines(): readonly string[] {
    return this.entries.map(({ level, message, fields }) =>
      `${level} ${message} ${JSON.stringify(fields)}`
    );
  }

  #at(level: string) {
    return (message: string, fields: LogFields = {}): void => {
      this.entries.push({ level, message, fields });
    };
  }
}
