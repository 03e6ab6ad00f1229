/**
 * The official client gets its answer however it has signed in, and what it
 * has signed in with stays on this side of the gateway.
 */
import { assertEquals } from "@std/assert";
import { startSimulator } from "../../lib/simulator/simulator.ts";
import { startTestGateway } from "../support/gateway.ts";
import { Codex, type Login } from "./support/codex.ts";
import { leaks, turnsOf } from "./support/secrets.ts";

const API_KEY = "sk-of-the-caller-alone";
const REFRESH_TOKEN = "rt_of_the_caller_alone";
const ACCOUNT_ID = "acct-of-the-caller-alone";

/** A ChatGPT login that no account of the pool has. */
async function chatgptLogin(accountId: string | undefined): Promise<Login> {
  await using elsewhere = await startSimulator();
  const account = elsewhere.addAccount({
    name: "caller",
    accountId: ACCOUNT_ID,
  });
  return {
    kind: "chatgpt",
    accessToken: account.issueAccessToken(),
    refreshToken: REFRESH_TOKEN,
    accountId,
  };
}

const LOGINS: ReadonlyArray<[string, () => Login | Promise<Login>]> = [
  ["no login at all", () => ({ kind: "none" })],
  ["an API key in auth.json", () => ({ kind: "api_key", key: API_KEY })],
  ["CODEX_API_KEY", () => ({ kind: "env_key", key: API_KEY })],
  ["a ChatGPT login", () => chatgptLogin(ACCOUNT_ID)],
  ["a ChatGPT login without account id", () => chatgptLogin(undefined)],
];

for (const [name, login] of LOGINS) {
  Deno.test(`codex exec with ${name} gets its answer and tells upstream nothing of it`, async () => {
    const own = await login();
    await using gateway = await startTestGateway({ accounts: ["a", "b"] });
    await using codex = await Codex.signedIn(own);

    const { code, stdout, killed } = await codex.exec({
      base: gateway.url("/v1"),
      prompt: "say: hello from the pool",
    });

    assertEquals([code, stdout, killed], [
      0,
      "hello from the pool\n",
      false,
    ]);
    assertEquals(turnsOf(gateway.simulator).length, 1);
    assertEquals(leaks(gateway, secretsOf(own)), []);
    assertEquals(gateway.simulator.violations, []);
  });
}

/** Upstream knows a token by any of its parts, so each must stay. */
function secretsOf(login: Login): readonly string[] {
  switch (login.kind) {
    case "none":
      return ["Bearer sk-"];
    case "api_key":
    case "env_key":
      return [login.key];
    case "chatgpt":
      return [
        login.accessToken,
        ...login.accessToken.split(".").slice(1, 2),
        login.refreshToken,
        ACCOUNT_ID,
      ];
  }
}
