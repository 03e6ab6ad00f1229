/**
 * What callers sent, as it stood on the wire, and what became of it.
 */

import type { HeaderLine } from "../protocol/headers.ts";
import { decodedJson } from "./decode.ts";

export interface RecordedRequest {
  readonly method: string;
  readonly target: string;
  /** In wire order and case, duplicates included. */
  readonly headers: readonly HeaderLine[];
  /** As sent, still compressed; empty until the whole body has come. */
  readonly body: Uint8Array;
  /** The decoded body; undefined when it is not JSON. */
  json(): unknown;
  /** Name of the account whose token it carried. */
  readonly account: string | undefined;
  /** The caller left before the answer was over. */
  readonly aborted: boolean;
  /** The whole answer, as planned, was handed to the connection. */
  readonly finished: boolean;
  /** When its head arrived, in ms. */
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
  /** Whether anything is remembered. */
  readonly keeps: boolean;
  readonly #waiters = new Set<Waiter>();

  /** Without `keep`, nothing is remembered: for long runs. */
  constructor({ keep }: { readonly keep: boolean }) {
    this.keeps = keep;
  }

  add(recording: Recording): void {
    if (this.keeps) this.requests.push(recording);
    this.changed();
  }

  /** To be called whenever something that was recorded has changed. */
  changed(): void {
    for (const waiter of this.#waiters) {
      if (!waiter.holds()) continue;
      this.#waiters.delete(waiter);
      waiter.resolve();
    }
  }

  /** Resolves once `holds` does; rejects when it has not within `ms`. */
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
