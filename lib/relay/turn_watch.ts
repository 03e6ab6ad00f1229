/**
 * The clocks of one websocket turn: the pre-commit window, and silence.
 */
import type { Runtime } from "../runtime.ts";
import type { Timeouts } from "./attempt.ts";
import { Silence } from "./silence.ts";

export interface TurnWatchOptions {
  readonly runtime: Runtime;
  readonly timeouts: Timeouts;
  /** The window has been open long enough. */
  readonly onWindow: () => void;
  readonly onKeepalive: () => void;
  readonly onIdle: () => void;
}

export class TurnWatch {
  readonly #silence: Silence;
  readonly #stopWindow: () => void;

  constructor(options: TurnWatchOptions) {
    const { runtime, timeouts, onWindow, onKeepalive, onIdle } = options;
    const { idleMs, keepaliveMs, windowMs } = timeouts;
    this.#stopWindow = runtime.after(windowMs, onWindow);
    this.#silence = new Silence({
      runtime,
      keepaliveMs,
      idleMs,
      onKeepalive,
      onIdle,
    });
    this.#silence.waiting();
  }

  /** Upstream said something, or is listened to again. */
  heard(): void {
    this.#silence.waiting();
  }

  /** Upstream is not silent while nobody listens. */
  paused(): void {
    this.#silence.heard();
  }

  stop(): void {
    this.#silence.stop();
    this.#stopWindow();
  }
}
