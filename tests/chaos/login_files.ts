/** The accounts folder of a lane: logins are put there, and must be kept. */
import { join } from "@std/path";
import { parseAccountFile } from "../../lib/accounts/files/file.ts";
import type { Finding } from "./findings.ts";
import type { Login, Logins } from "./upstream/logins.ts";

/** Longer than any run, also by a fast clock. */
const CALM_MS = 400 * 3_600_000;

export class LoginFiles implements AsyncDisposable {
  readonly dir: string;
  readonly #logins: Logins;
  readonly #calm: string;

  private constructor(dir: string, logins: Logins, calm: string) {
    this.dir = dir;
    this.#logins = logins;
    this.#calm = calm;
  }

  /** A folder with every login; the calm one needs no refresh. */
  static async make(logins: Logins, calm: string): Promise<LoginFiles> {
    const dir = await Deno.makeTempDir({ prefix: "codaze-chaos-" });
    const files = new LoginFiles(dir, logins, calm);
    for (const login of logins.byName.values()) await files.#write(login);
    return files;
  }

  /** Signs in anew whoever is dead. */
  async replaceDead(): Promise<void> {
    for (const [name, login] of [...this.#logins.byName]) {
      if (login.isDead) await this.#write(this.#logins.signIn(name));
    }
  }

  /** The file of every living login holds the token that is next. */
  async check(): Promise<readonly Finding[]> {
    const findings: Finding[] = [];
    for (const login of this.#logins.byName.values()) {
      const problem = login.isDead ? undefined : await this.#problem(login);
      if (problem === undefined) continue;
      const text = `the file of ${login.name} has ${problem}`;
      findings.push({ kind: "login harmed", text });
    }
    return findings;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return Deno.remove(this.dir, { recursive: true });
  }

  async #problem(login: Login): Promise<string | undefined> {
    const path = join(this.dir, login.fileName);
    const bytes = await Deno.readFile(path).catch(() => new Uint8Array());
    const file = parseAccountFile(bytes);
    if (!file.ok) return file.error;
    const held = file.value.refreshToken;
    if (held === login.refreshToken) return undefined;
    // The answer may have been lost: then nobody could have saved it.
    return login.spent.get(held)?.isKnown === false
      ? undefined
      : "an older token";
  }

  async #write(login: Login): Promise<void> {
    // What is cut during a refresh could keep the calm one from serving.
    const access = login.name === this.#calm
      ? { access_token: this.#logins.issue(login, undefined, CALM_MS) }
      : {};
    const file = { refresh_token: login.refreshToken, ...access };
    const path = join(this.dir, `.${login.fileName}.new`);
    await Deno.writeTextFile(path, JSON.stringify(file));
    await Deno.rename(path, join(this.dir, login.fileName));
  }
}
