/**
 * The time of a lane. A gateway whose clock and timers run `scale` times as
 * fast waits for five minutes in ten seconds; the upstream and the accounts in
 * front of it live by the same clock.
 */

/** What `fast_program.ts` has to be told to live by it. */
export interface ClockSettings {
  /** Real milliseconds since the epoch at which both clocks agree. */
  readonly epoch: number;
  readonly scale: number;
}

export class Clock {
  readonly settings: ClockSettings;

  constructor(scale: number) {
    this.settings = { epoch: Date.now(), scale };
  }

  /** Milliseconds since the epoch, as the gateway has them. */
  now(): number {
    const { epoch, scale } = this.settings;
    return epoch + (Date.now() - epoch) * scale;
  }

  /** How long `ms` of the lane are. */
  real(ms: number): number {
    return ms / this.settings.scale;
  }

  /** Resolves after `ms` of the lane, or at once when `signal` aborts. */
  wait(ms: number, signal?: AbortSignal): Promise<void> {
    return pause(this.real(ms), signal);
  }
}

/** Resolves after real milliseconds, or at once when `signal` aborts. */
export function pause(ms: number, signal?: AbortSignal): Promise<void> {
  if (signal?.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      signal?.removeEventListener("abort", done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    signal?.addEventListener("abort", done);
  });
}

/** What `promise` gives, or `late` after that many real milliseconds. */
export async function within<T, L>(
  ms: number,
  promise: Promise<T>,
  late: L,
): Promise<T | L> {
  const over = new AbortController();
  try {
    return await Promise.race([
      promise,
      pause(ms, over.signal).then(() => late),
    ]);
  } finally {
    over.abort();
  }
}
