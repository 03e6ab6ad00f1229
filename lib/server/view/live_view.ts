/**
 * Sends the view to those who watch it, and then what changes, a few times a
 * second at most. Nothing is computed while nobody watches.
 *
 * Makes no view itself (`view.ts`).
 */
import { EVENTS } from "../../limits.ts";
import type { Runtime } from "../../runtime.ts";
import { changesIn, type Printed, printed } from "./patch.ts";
import type { View, ViewParts } from "./view.ts";

export interface LiveViewOptions {
  readonly runtime: Pick<Runtime, "after" | "now" | "elapsed">;
  readonly make: () => ViewParts;
}

type Bytes = Uint8Array<ArrayBuffer>;
type Watcher = ReadableStreamDefaultController<Bytes>;

export class LiveView {
  readonly #options: LiveViewOptions;
  readonly #watchers = new Set<Watcher>();
  #seq = 0;
  /** What the watchers have. */
  #sent: Printed | undefined;
  #sentAt = 0;
  #isClosed = false;
  #cancel = () => {};

  constructor(options: LiveViewOptions) {
    this.#options = options;
  }

  /** How many streams are open. */
  get watchers(): number {
    return this.#watchers.size;
  }

  /** The view as it is now. */
  get view(): View {
    return this.#viewOf(this.#options.make());
  }

  /** A stream of events; undefined if there are too many, or after the end. */
  open(): ReadableStream<Bytes> | undefined {
    if (this.#isClosed || this.#watchers.size >= EVENTS.streams) {
      return undefined;
    }
    let own: Watcher | undefined;
    return new ReadableStream<Bytes>({
      start: (watcher) => {
        own = watcher;
        this.#joined(watcher);
      },
      cancel: () => this.#left(own),
    }, { highWaterMark: EVENTS.lagBytes, size: ({ length }) => length });
  }

  /** Ends all streams: a stop of the listener would wait for them. */
  close(): void {
    this.#isClosed = true;
    this.#cancel();
    for (const watcher of this.#watchers) watcher.close();
    this.#watchers.clear();
  }

  #joined(watcher: Watcher): void {
    const isFirst = this.#watchers.size === 0;
    // The others get what has changed, so that all have the same view.
    const parts = this.#options.make();
    this.#update(parts);
    this.#watchers.add(watcher);
    const view = this.#viewOf(parts);
    watcher.enqueue(
      encoded(`retry: ${EVENTS.retryMs}\n${eventText("view", view)}`),
    );
    if (!isFirst) return;
    this.#sentAt = this.#options.runtime.elapsed();
    this.#tickLater();
  }

  #left(watcher: Watcher | undefined): void {
    if (watcher !== undefined) this.#watchers.delete(watcher);
    if (this.#watchers.size > 0) return;
    this.#cancel();
    this.#sent = undefined;
  }

  #tickLater(): void {
    const { runtime } = this.#options;
    this.#cancel = runtime.after(EVENTS.patchMs, () => {
      this.#update(this.#options.make());
      const silentMs = runtime.elapsed() - this.#sentAt;
      if (silentMs >= EVENTS.commentMs) this.#send(COMMENT);
      if (this.#watchers.size > 0) this.#tickLater();
    });
  }

  #update(parts: ViewParts): void {
    const next = printed(parts);
    const before = this.#sent;
    this.#sent = next;
    if (before === undefined) return;
    const changes = changesIn(parts, { before, next });
    if (changes === undefined) return;
    const patch = { seq: ++this.#seq, now: this.#now, ...changes };
    this.#send(encoded(eventText("patch", patch)));
  }

  #send(bytes: Bytes): void {
    this.#sentAt = this.#options.runtime.elapsed();
    for (const watcher of [...this.#watchers]) {
      if ((watcher.desiredSize ?? 0) > 0) {
        watcher.enqueue(bytes);
        continue;
      }
      // It does not read: what waits for it would only grow.
      watcher.error(new Error("the reader is too slow"));
      this.#left(watcher);
    }
  }

  #viewOf(parts: ViewParts): View {
    return { seq: this.#seq, now: this.#now, ...parts };
  }

  get #now(): string {
    return new Date(this.#options.runtime.now()).toISOString();
  }
}

function eventText(
  type: "view" | "patch",
  data: { readonly seq: number },
): string {
  return `event: ${type}\nid: ${data.seq}\ndata: ${JSON.stringify(data)}\n\n`;
}

function encoded(text: string): Bytes {
  return new TextEncoder().encode(text);
}

/** Keeps the connection from looking dead. */
const COMMENT = encoded(": still here\n\n");
