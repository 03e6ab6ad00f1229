/**
 * The timers of one websocket turn: the pre-commit window, and silence. Only
 * reports; the session decides.
 */
import type { Runtime } from "../../runtime.ts";
import type { Timeouts } from "../attempt.ts";
import { Silence } from "../silence.ts";

export interface TurnWatchOptions {
  readonly runtime: Runtime;
  readonly timeouts: Timeouts;
  /** The pre-commit window is over. */
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

  /** Upstream sent something, or reading from it resumes. */
  heard(): void {
    this.#silence.waiting();
  }

  /** Reading from upstream is paused; that time is not silence. */
  paused(): void {
    this.#silence.heard();
  }

  stop(): void {
    this.#silence.stop();
    this.#stopWindow();
  }
}
