/**
 * One login for two: the `auth.json` of a real Codex, linked into the accounts
 * dir of a gateway. Both get their tokens from the same simulator.
 */
import { join } from "@std/path";
import type { SimulatedAccount } from "../../../lib/simulator/accounts/account.ts";
import type { RecordedRequest } from "../../../lib/simulator/http/recorder.ts";
import { writeCodexFile } from "../../support/account_files.ts";
import { startTestGateway, type TestGateway } from "../../support/gateway.ts";
import { until } from "../../support/load.ts";
import { type Ended, run } from "./child.ts";
import { Codex } from "./codex.ts";
import { FileGuard } from "./file_guard.ts";

/** The file's name in the accounts dir, without `.json`. */
const ID = "codex";

export interface Grants {
  readonly byCodex: number;
  readonly byGateway: number;
}

export class SharedHome implements AsyncDisposable {
  readonly test: TestGateway;
  readonly codex: Codex;
  readonly account: SimulatedAccount;
  /** Looks at `auth.json` all the time. */
  readonly guard: FileGuard;

  private constructor(
    parts: Pick<SharedHome, "test" | "codex" | "account" | "guard">,
  ) {
    this.test = parts.test;
    this.codex = parts.codex;
    this.account = parts.account;
    this.guard = parts.guard;
  }

  /** `now` is the simulator's clock. */
  static async signedIn(now?: () => number): Promise<SharedHome> {
    const test = await startTestGateway({
      accounts: ["other"],
      flags: ["--routing-policy=round_robin"],
      warm: true,
      websockets: true,
      ...now ? { now } : {},
    });
    const { simulator } = test;
    const account = simulator.addAccount({ name: "shared" });
    const codex = await Codex.signedIn({
      kind: "chatgpt",
      accessToken: account.issueAccessToken(),
      refreshToken: account.currentRefreshToken(),
      accountId: account.accountId,
    }, {
      CODEX_REFRESH_TOKEN_URL_OVERRIDE: `${simulator.issuer}/oauth/token`,
      CODEX_REVOKE_TOKEN_URL_OVERRIDE: `${simulator.issuer}/oauth/revoke`,
    });
    const path = authFileOf(codex);
    await Deno.symlink(path, join(test.dir, `${ID}.json`));
    const guard = new FileGuard(path);
    const shared = new SharedHome({ test, codex, account, guard });
    await shared.gatewayHasCurrent();
    return shared;
  }

  get base(): string {
    return this.test.url("/v1");
  }

  /** A turn of the real client through the gateway. */
  exec(text: string): Promise<Ended> {
    return this.codex.exec({ base: this.base, prompt: `say: ${text}` });
  }

  loginStatus(): Promise<Ended> {
    return run(this.codex.command(["login", "status"]));
  }

  /** Ends the sign-in at the server and removes the file. */
  logout(): Promise<Ended> {
    return run(this.codex.command(["logout"]));
  }

  /** The refresh token that the gateway works with. */
  get held(): string | undefined {
    return this.test.gateway.registry.get(ID)?.refreshToken;
  }

  gatewayHasCurrent(): Promise<void> {
    return until(
      () => this.held === this.account.currentRefreshToken(),
      "the gateway has the token that may be used next",
    );
  }

  async refreshTokenInFile(): Promise<string> {
    const file = JSON.parse(await Deno.readTextFile(authFileOf(this.codex)));
    return file.tokens.refresh_token;
  }

  /** As after a long pause: the access token in the file has expired. */
  async expireOnDisk(): Promise<void> {
    await this.write(
      this.account.currentRefreshToken(),
      this.account.issueAccessToken(-60_000),
    );
  }

  /** Other tokens in the file, as a sign-in writes it. */
  write(refreshToken: string, accessToken: string): Promise<void> {
    const { accountId } = this.account;
    const login = { refreshToken, accessToken, accountId };
    return writeCodexFile(authFileOf(this.codex), login);
  }

  /** Who has spent a refresh token of the shared login since `from`. */
  grantsSince(from: number): Grants {
    const grants = this.test.simulator.requests.slice(from)
      .filter(({ target, account }) =>
        target === "/oauth/token" && account === this.account.name
      );
    const byCodex = grants.filter(isOfCodex).length;
    return { byCodex, byGateway: grants.length - byCodex };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.guard.stop();
    await this.test[Symbol.asyncDispose]();
    await this.codex[Symbol.asyncDispose]();
  }
}

/** Our own requests have a line that no Codex sends (docs/fidelity.md). */
function isOfCodex({ headers }: RecordedRequest): boolean {
  return !headers.some(([name]) => name.toLowerCase() === "accept-language");
}

function authFileOf(codex: Codex): string {
  return join(codex.command([]).env["CODEX_HOME"] ?? "", "auth.json");
}
