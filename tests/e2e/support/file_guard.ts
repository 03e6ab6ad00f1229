/**
 * Reads an `auth.json` all the time while others write it, and notes whatever
 * the official client could not live with.
 */

/** RFC 3339, in UTC, as the client writes it: up to nanoseconds. */
const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?Z$/;
const PAUSE_MS = 2;

export class FileGuard {
  looks = 0;
  /** Different contents that were seen. */
  readonly versions = new Set<string>();
  /** What was wrong, each once, without any token. */
  readonly faults = new Set<string>();
  /** Whether the file may be missing, as after a sign-out. */
  mayBeGone = false;
  readonly #path: string;
  readonly #watching: Promise<void>;
  #over = false;

  constructor(path: string) {
    this.#path = path;
    this.#watching = this.#watch();
  }

  async stop(): Promise<void> {
    this.#over = true;
    await this.#watching;
  }

  async #watch(): Promise<void> {
    while (!this.#over) {
      await this.#look();
      await new Promise((done) => setTimeout(done, PAUSE_MS));
    }
  }

  async #look(): Promise<void> {
    this.looks++;
    try {
      const { mode } = await Deno.stat(this.#path);
      if (((mode ?? 0o600) & 0o777) !== 0o600) this.faults.add("mode");
      const text = await Deno.readTextFile(this.#path);
      this.versions.add(text);
      for (const fault of faultsOf(text)) this.faults.add(fault);
    } catch (error) {
      const isGone = error instanceof Deno.errors.NotFound;
      if (!isGone || !this.mayBeGone) this.faults.add(nameOf(error));
    }
  }
}

function faultsOf(text: string): readonly string[] {
  const { auth_mode, OPENAI_API_KEY, tokens, last_refresh } = JSON.parse(text);
  const checks: Readonly<Record<string, boolean>> = {
    auth_mode: auth_mode === "chatgpt",
    OPENAI_API_KEY: OPENAI_API_KEY === null,
    account_id: tokens?.account_id === "acct-shared",
    id_token: typeof tokens?.id_token === "string",
    access_token: typeof tokens?.access_token === "string",
    refresh_token: typeof tokens?.refresh_token === "string",
    last_refresh: TIME.test(last_refresh),
  };
  return Object.entries(checks).filter(([, holds]) => !holds)
    .map(([name]) => name);
}

function nameOf(error: unknown): string {
  return error instanceof Error ? error.name : "unknown";
}
