/**
 * A constant load: callers that ask for one turn after the other, and what
 * became of the turns.
 */
import { CODEX_BODY, CODEX_HEADERS } from "./gateway.ts";

export interface LoadOptions {
  /** Where `/responses` is. */
  readonly base: string;
  readonly callers: number;
  /** Prompt of every turn, so that upstream can tell loads apart. */
  readonly prompt?: string;
  /** Milliseconds between a caller's turns. Default: none. */
  readonly pauseMs?: number;
}

export class Load implements AsyncDisposable {
  /** Turns that came to their proper end. */
  completed = 0;
  /** What the others came to: a status and the beginning of an answer. */
  readonly failures: string[] = [];
  readonly #options: LoadOptions;
  readonly #callers: Promise<void>;
  readonly #open = new Set<Promise<string | undefined>>();
  #over = false;

  constructor(options: LoadOptions) {
    this.#options = options;
    const callers = Array.from({ length: options.callers }, () => this.#run());
    this.#callers = Promise.all(callers).then(() => {});
  }

  /** Resolves when every turn that is open now is over; others go on. */
  async openTurns(): Promise<void> {
    await Promise.all([...this.#open]);
  }

  /** Lets open turns end. */
  async stop(): Promise<void> {
    this.#over = true;
    await this.#callers;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }

  async #run(): Promise<void> {
    while (!this.#over) {
      const open = turn(this.#options);
      this.#open.add(open);
      const failure = await open;
      this.#open.delete(open);
      if (failure === undefined) this.completed++;
      else this.failures.push(failure);
      const { pauseMs } = this.#options;
      if (pauseMs) await new Promise((done) => setTimeout(done, pauseMs));
    }
  }
}

/** Undefined for a turn that was answered to its end. */
async function turn(
  { base, prompt = "hello" }: LoadOptions,
): Promise<string | undefined> {
  try {
    const response = await fetch(`${base}/responses`, {
      method: "POST",
      // Each is the first turn of a session: the policy chooses.
      headers: { ...CODEX_HEADERS, "session-id": crypto.randomUUID() },
      body: JSON.stringify({ ...CODEX_BODY, input: input(prompt) }),
    });
    const text = await response.text();
    const isWhole = response.ok && text.includes("event: response.completed");
    return isWhole ? undefined : `${response.status} ${text.slice(0, 200)}`;
  } catch (error) {
    return String(error);
  }
}

function input(prompt: string) {
  const content = [{ type: "input_text", text: `say: ${prompt}` }];
  return [{ type: "message", role: "user", content }];
}

/** Resolves once `holds`; what never comes fails the test. */
export async function until(
  holds: () => boolean | Promise<boolean>,
  what: string,
): Promise<void> {
  for (let left = 4000; left > 0; left--) {
    if (await holds()) return;
    await new Promise((done) => setTimeout(done, 5));
  }
  throw new Error(`never came: ${what}`);
}
