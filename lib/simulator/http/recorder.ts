/**
 * What callers sent, as it stood on the wire, and how each request ended.
 */

import type { HeaderLine } from "../../protocol/headers.ts";
import { decodedJson } from "./encoding.ts";

export interface RecordedRequest {
  readonly method: string;
  readonly target: string;
  /** In wire order and case, duplicates included. */
  readonly headers: readonly HeaderLine[];
  /** As sent, not decompressed; empty until the whole body has arrived. */
  readonly body: Uint8Array;
  /** The decoded body; undefined when it is not a JSON object. */
  json(): unknown;
  /** Name of the account whose token it carried. */
  readonly account: string | undefined;
  /** The caller left before the answer was complete. */
  readonly aborted: boolean;
  /** The whole answer, as planned, was handed to the connection. */
  readonly finished: boolean;
  /** When its head arrived, in ms since the epoch. */
  readonly at: number;
}

/** A request while it is being answered. */
export class Recording implements RecordedRequest {
  readonly method: string;
  readonly target: string;
  readonly headers: readonly HeaderLine[];
  readonly at: number;
  body: Uint8Array<ArrayBuffer> = new Uint8Array();
  account: string | undefined;
  aborted = false;
  finished = false;

  constructor(
    head: Pick<RecordedRequest, "method" | "target" | "headers" | "at">,
  ) {
    this.method = head.method;
    this.target = head.target;
    this.headers = head.headers;
    this.at = head.at;
  }

  /** The first value of a header; `name` in lower case. */
  header(name: string): string | undefined {
    return this.headers.find(([other]) => other.toLowerCase() === name)?.[1];
  }

  json(): unknown {
    return decodedJson(this.body, this.header("content-encoding"));
  }
}

interface Waiter {
  readonly holds: () => boolean;
  readonly resolve: () => void;
}

export class Recorder {
  readonly requests: Recording[] = [];
  /** Whether requests are kept. */
  readonly keeps: boolean;
  readonly #waiters = new Set<Waiter>();

  /** With `keep` false nothing is kept, which long runs need. */
  constructor({ keep }: { readonly keep: boolean }) {
    this.keeps = keep;
  }

  add(recording: Recording): void {
    if (this.keeps) this.requests.push(recording);
    this.changed();
  }

  /** Call this after every change to what was recorded. */
  changed(): void {
    for (const waiter of this.#waiters) {
      if (!waiter.holds()) continue;
      this.#waiters.delete(waiter);
      waiter.resolve();
    }
  }

  /** Resolves when `holds` is true; rejects if it is not within `ms`. */
  waitFor(holds: () => boolean, ms: number): Promise<void> {
    if (holds()) return Promise.resolve();
    return new Promise((resolve, reject) => {
      const late = new Error(`Nothing that was waited for came in ${ms} ms`);
      const timer = setTimeout(() => {
        this.#waiters.delete(waiter);
        reject(late);
      }, ms);
      const waiter = {
        holds,
        resolve: () => {
          clearTimeout(timer);
          resolve();
        },
      };
      this.#waiters.add(waiter);
    });
  }
}
