/**
 * The official client's own `auth.json`, linked into the accounts dir: what
 * the client does to it, and how the gateway takes it.
 */
import { assert, assertEquals } from "@std/assert";
import { join } from "@std/path";
import type { SimulatedAccount } from "../../lib/simulator/accounts/account.ts";
import { writeCodexFile } from "../support/account_files.ts";
import { startTestGateway, type TestGateway } from "../support/gateway.ts";
import { until } from "../support/load.ts";
import { assertNobodyBlamed, assertQuiet } from "../support/quiet.ts";

/** A client signed in to `a`, beside an account `b` of the gateway's own. */
class Client implements AsyncDisposable {
  readonly test: TestGateway;
  readonly account: SimulatedAccount;
  readonly #home: string;

  private constructor(test: TestGateway, home: string) {
    this.test = test;
    this.account = test.simulator.addAccount({ name: "a" });
    this.#home = home;
  }

  static async signedIn(): Promise<Client> {
    const test = await startTestGateway({
      accounts: ["b"],
      flags: ["--routing-policy=fill_first"],
      warm: true,
    });
    const home = await Deno.makeTempDir({ prefix: "codaze-test-" });
    const client = new Client(test, home);
    const { account } = client;
    await client.write(
      account.currentRefreshToken(),
      account.issueAccessToken(),
    );
    await Deno.symlink(client.path, join(test.dir, "a.json"));
    await client.isLoaded(account.currentRefreshToken());
    return client;
  }

  get path(): string {
    return join(this.#home, "auth.json");
  }

  /** Other tokens in the file, as of a day that is long over. */
  write(refreshToken: string, accessToken: string): Promise<void> {
    return writeCodexFile(this.path, {
      refreshToken,
      accessToken,
      accountId: this.account.accountId,
      lastRefresh: "2026-11-22T12:00:00.123456789Z",
    });
  }

  /** Spends the token in the file, as the client does at its start. */
  async refresh(): Promise<string> {
    const { tokens } = await this.read();
    const granted = this.account.refresh(tokens.refresh_token);
    assert(granted.ok);
    const { refreshToken, accessToken } = granted.value;
    await this.write(refreshToken, accessToken);
    return refreshToken;
  }

  /** Revokes the login, then removes the file. */
  async signOut(): Promise<void> {
    this.account.revoke();
    await Deno.remove(this.path);
  }

  async read() {
    return JSON.parse(await Deno.readTextFile(this.path));
  }

  /** Resolves when the gateway works with this token. */
  isLoaded(refreshToken: string): Promise<void> {
    const { registry } = this.test.gateway;
    return until(
      () => registry.get("a")?.refreshToken === refreshToken,
      "the token is loaded",
    );
  }

  /** Names of the accounts that the turns of a request went to. */
  async turn(): Promise<readonly (string | undefined)[]> {
    const { simulator } = this.test;
    const from = simulator.requests.length;
    const response = await this.test.turn();
    assertEquals(response.status, 200);
    await response.body?.cancel();
    return simulator.requests.slice(from).map(({ account }) => account);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.test[Symbol.asyncDispose]();
    await Deno.remove(this.#home, { recursive: true });
  }
}

Deno.test("a rotation by the client is adopted when it is needed", async () => {
  await using client = await Client.signedIn();
  const { account, test } = client;
  for (let n = 1; n <= 5; n++) {
    account.expireAccessTokens();
    await client.refresh();
    const written = await Deno.readTextFile(client.path);
    // It may have met a 401 before; a refresh of its own it has not.
    assertEquals((await client.turn()).at(-1), "a");
    assertEquals(account.refreshCount, n);
    assertEquals(await Deno.readTextFile(client.path), written);
  }
  assertEquals(test.simulator.violations, []);
  await assertQuiet(test);
  await assertNobodyBlamed(test);
});

Deno.test("what the gateway writes into the client's file the client finds whole", async () => {
  await using client = await Client.signedIn();
  const { account, test } = client;
  for (let n = 0; n < 3; n++) {
    account.expireAccessTokens();
    await client.turn();
    const file = await client.read();
    assertEquals(file.tokens.refresh_token, account.currentRefreshToken());
    assertEquals(Object.keys(file).slice(0, 4), [
      "auth_mode",
      "OPENAI_API_KEY",
      "tokens",
      "last_refresh",
    ]);
    assertEquals(Object.keys(file.tokens), [
      "id_token",
      "access_token",
      "refresh_token",
      "account_id",
    ]);
    assert(Date.parse(file.last_refresh) > Date.parse("2026-11-22T12:00:01Z"));
    assertEquals(((await Deno.stat(client.path)).mode ?? 0) & 0o777, 0o600);
    await client.refresh();
    await client.isLoaded(account.currentRefreshToken());
  }
  assertEquals(account.refreshCount, 6);
  await assertQuiet(test);
});

for (const noticed of [true, false]) {
  Deno.test(`a sign-out by the client costs no grant, ${noticed ? "" : "not "}noticed before the turn`, async () => {
    await using client = await Client.signedIn();
    const { account, test } = client;
    const { registry } = test.gateway;
    await client.signOut();
    if (noticed) {
      await until(() => registry.get("a") === undefined, "it is gone");
    }
    assertEquals(await client.turn(), noticed ? ["b"] : ["a", "b"]);
    await until(() => registry.get("a") === undefined, "it is gone");
    assertEquals(account.refreshCount, 0);
    const paths = test.simulator.requests.map(({ target }) => target);
    assert(!paths.includes("/oauth/token"));
    assertEquals(test.simulator.violations, []);
    // The gateway has put no file where the client wants none.
    assert((await Deno.lstat(join(test.dir, "a.json"))).isSymlink);
    await Deno.stat(client.path).then(
      () => assert(false, "there is a file"),
      () => {},
    );
  });
}

Deno.test("a new sign-in of the client serves at once", async () => {
  await using client = await Client.signedIn();
  const { account, test } = client;
  await client.signOut();
  assertEquals(await client.turn(), ["a", "b"]);
  const signedIn = account.signIn();
  await client.write(signedIn, account.issueAccessToken());
  await client.isLoaded(signedIn);
  assertEquals(await client.turn(), ["a"]);
  assertEquals(account.refreshCount, 0);
  assertEquals((await test.views())["a"]?.["blocked_reason"], null);
  await assertQuiet(test);
});
