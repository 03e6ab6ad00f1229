/**
 * One request and its answer, with control over every byte and over the
 * connection, so that a fault does on the wire what it says.
 *
 * Knows neither accounts nor routes.
 */

import { concat } from "@std/bytes";
import { STATUS_CODE } from "@std/http";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Socket } from "node:net";
import type { HeaderLine } from "../../protocol/headers.ts";
import type { Coding } from "../../protocol/content_coding.ts";
import { encodedWhole, FlowingEncoder } from "./encoding.ts";
import { type Fault, type HeadFault, isHeadFault } from "../faults/faults.ts";
import type { Recorder, Recording } from "./recorder.ts";

const JSON_TYPE: HeaderLine = ["content-type", "application/json"];

export class Exchange {
  readonly recording: Recording;
  readonly recorder: Recorder;
  readonly #request: IncomingMessage;
  readonly #response: ServerResponse;
  /** Bytes after the head of an upgrade request; undefined for any other. */
  readonly #rest: Uint8Array | undefined;
  #coding: Coding | undefined;
  /** True: the coding stops in the middle. */
  #unfinished = false;
  #encoder: FlowingEncoder | undefined;
  #gone = false;
  #closedByUs = false;
  /** Ends the current wait, because the caller has left. */
  #wake: (() => void) | undefined;

  constructor(
    { request, response, recording, recorder, rest, coding }: {
      readonly request: IncomingMessage;
      readonly response: ServerResponse;
      readonly recording: Recording;
      readonly recorder: Recorder;
      readonly rest: Uint8Array | undefined;
      /** The answer's coding; a fault may change it. */
      readonly coding?: Coding | undefined;
    },
  ) {
    this.#request = request;
    this.#response = response;
    this.recording = recording;
    this.recorder = recorder;
    this.#rest = rest;
    this.#coding = coding;
    // Without a listener, writing to a reset connection ends the process.
    response.on("error", () => {});
    response.on("close", () => {
      this.#gone = true;
      recording.finished = response.writableFinished;
      recording.aborted = !recording.finished && !this.#closedByUs;
      recorder.changed();
      this.#wake?.();
    });
  }

  /** Reads the whole body; false when the caller left before its end. */
  readBody(): Promise<boolean> {
    // The parser gives out no body of an upgrade request.
    if (this.#rest !== undefined) return Promise.resolve(true);
    const chunks: Uint8Array[] = [];
    return new Promise((resolve) => {
      this.#request.on("data", (chunk: Uint8Array) => chunks.push(chunk));
      this.#request.on("error", () => resolve(false));
      this.#request.on("close", () => resolve(false));
      this.#request.on("end", () => {
        this.recording.body = concat(chunks);
        this.recorder.changed();
        resolve(true);
      });
    });
  }

  /** Sends an answer whole, head and body in one write. */
  answer(
    status: number,
    headers: readonly HeaderLine[],
    body: string,
  ): void {
    const noBody = status === STATUS_CODE.NotModified;
    if (noBody) {
      this.#head(status, headers);
      return void this.#response.end();
    }
    const bytes = new TextEncoder().encode(body);
    const sent = this.#coding && bytes.length > 0
      ? this.#encoded(bytes, this.#coding)
      : bytes;
    const coded = sent === bytes ? [] : this.#codingLines();
    this.#head(status, [...headers, ...coded, lengthOf(sent)]);
    this.#response.end(sent);
  }

  json(
    status: number,
    value: unknown,
    headers: readonly HeaderLine[] = [],
  ): void {
    this.answer(status, [JSON_TYPE, ...headers], JSON.stringify(value));
  }

  /** Sends the head of a stream at once. */
  begin(headers: readonly HeaderLine[]): void {
    if (this.#coding) this.#encoder = new FlowingEncoder(this.#coding);
    this.#head(200, [...headers, ...this.#codingLines()]);
    this.#response.flushHeaders();
  }

  /** Resolves when there is room for more; false when the caller has left. */
  async write(bytes: Uint8Array): Promise<boolean> {
    if (this.#gone) return false;
    const sent = await this.#encoder?.encode(bytes) ?? bytes;
    if (this.#response.write(sent)) return true;
    await new Promise<void>((resolve) => {
      this.#wake = resolve;
      this.#response.once("drain", resolve);
    });
    return !this.#gone;
  }

  end(): void {
    if (!this.#encoder || this.#unfinished) return void this.#response.end();
    void this.#encoder.finish().then((last) => this.#response.end(last));
  }

  #encoded(bytes: Uint8Array, coding: Coding): Uint8Array {
    const whole = encodedWhole(bytes, coding);
    return this.#unfinished ? whole.subarray(0, whole.length >> 1) : whole;
  }

  #codingLines(): readonly HeaderLine[] {
    return this.#coding ? [["content-encoding", this.#coding]] : [];
  }

  /** Answers 101 and hands over the connection; `head` arrived early. */
  upgrade(
    headers: readonly HeaderLine[],
  ): { readonly socket: Socket; readonly head: Uint8Array } {
    const { socket } = this.#request;
    this.#response.detachSocket(socket);
    const lines = headers.map(([name, value]) => `${name}: ${value}\r\n`);
    socket.write(`HTTP/1.1 101 Switching Protocols\r\n${lines.join("")}\r\n`);
    this.recording.finished = true;
    this.recorder.changed();
    return { socket, head: this.#rest ?? new Uint8Array() };
  }

  /** Sends `last`, then closes the connection without ending the answer. */
  cut(last: Uint8Array = new Uint8Array()): void {
    this.#closedByUs = true;
    if (this.#gone) return;
    const leave = (bytes: Uint8Array) => {
      if (bytes.length > 0) this.#response.write(bytes);
      // `destroy` would drop what was written before.
      this.#request.socket.destroySoon();
    };
    if (!this.#encoder || last.length === 0) return leave(last);
    void this.#encoder.encode(last).then(leave);
  }

  /** Waits for `ms`; resolves to false at once if the caller leaves. */
  async pause(ms: number): Promise<boolean> {
    if (this.#gone) return false;
    await new Promise<void>((resolve) => {
      const timer = ms === Infinity ? undefined : setTimeout(resolve, ms);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
    return !this.#gone;
  }

  /** Carries out a head fault; true if the usual answer still follows. */
  async suffer(fault: HeadFault): Promise<boolean> {
    this.recorder.changed();
    switch (fault.kind) {
      case "slow_head":
        return await this.pause(fault.ms);
      case "never_answer":
        return await this.pause(Infinity);
      case "coded":
        this.#coding = fault.coding;
        this.#unfinished = fault.unfinished;
        return true;
      case "reset":
        this.#closedByUs = true;
        this.#request.socket.resetAndDestroy();
        return false;
      case "status":
        if (fault.bodyAfterMs === undefined) {
          this.answer(fault.status, fault.headers, fault.body);
          return false;
        }
        this.#head(fault.status, [
          ...fault.headers,
          lengthOf(new TextEncoder().encode(fault.body)),
        ]);
        this.#response.flushHeaders();
        if (await this.pause(fault.bodyAfterMs)) {
          this.#response.end(fault.body);
        }
        return false;
    }
  }

  #head(status: number, headers: readonly HeaderLine[]): void {
    this.#response.writeHead(status, headers.flat());
    this.recorder.changed();
  }
}

function lengthOf(body: Uint8Array): HeaderLine {
  return ["content-length", String(body.length)];
}

/** Carries out a head fault; false if no answer may follow. */
export async function mayAnswer(
  exchange: Exchange,
  fault: Fault | undefined,
): Promise<boolean> {
  if (fault === undefined || !isHeadFault(fault)) return true;
  return await exchange.suffer(fault);
}
