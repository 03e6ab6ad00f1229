/**
 * Tokens that are odd in ways that nobody meant: each costs its own account at
 * most, and never the half of a login that is good.
 */
import { assertEquals } from "@std/assert";
import { join } from "@std/path";
import { completed } from "../support/answers.ts";
import {
  restartGateway,
  startTestGateway,
  type TestGateway,
} from "../support/gateway.ts";
import { granting } from "../support/grants.ts";
import { assertQuiet } from "../support/quiet.ts";

/** The token with other claims. */
function changed(token: string, claims: Readonly<Record<string, unknown>>) {
  const [head, payload = "", tail] = token.split(".");
  const read = Uint8Array.fromBase64(payload, { alphabet: "base64url" });
  const own = JSON.parse(new TextDecoder().decode(read));
  const text = JSON.stringify({ ...own, ...claims });
  const part = new TextEncoder().encode(text)
    .toBase64({ alphabet: "base64url", omitPadding: true });
  return `${head}.${part}.${tail}`;
}

async function fileOf({ dir }: TestGateway, name: string) {
  return JSON.parse(await Deno.readTextFile(join(dir, name)));
}

for (const exp of [8.64e12 + 1, 1e308, -1e308]) {
  Deno.test(`an access token that ends ${exp} s from 1970 keeps no account from being shown`, async () => {
    await using test = await startTestGateway({ accounts: ["a", "b"] });
    const account = test.account("a");
    await Deno.writeTextFile(
      join(test.dir, "a.json"),
      JSON.stringify({
        refresh_token: account.currentRefreshToken(),
        access_token: changed(account.issueAccessToken(), { exp, iat: exp }),
        label: "seen",
      }),
    );
    while (test.gateway.registry.get("a")?.file.accessToken === undefined) {
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    const { a, b } = await test.views();
    assertEquals([a?.["id"], b?.["id"]], ["a", "b"]);
    assertEquals(a?.["access_token_expires_at"], null);
    const metrics = await test.admin("/admin/metrics");
    assertEquals(metrics.status, 200);
    await metrics.body?.cancel();
    for (const _ of ["a", "b"]) await completed(await test.turn());
    await assertQuiet(test);
  });
}

const DAMAGE: ReadonlyArray<[what: string, mark: string]> = [
  ["a letter that no header has", "é"],
  ["a line break", "\n."],
  ["a blank", " ."],
  ["a length beyond all measure", "x".repeat(70_000)],
];

for (const [what, mark] of DAMAGE) {
  Deno.test(`a grant whose access token has ${what} costs no login`, async () => {
    let damaged = true;
    await using test = await startTestGateway({
      accounts: ["a"],
      runtime: {
        fetch: granting((tokens) =>
          damaged
            ? { ...tokens, access_token: tokens["access_token"] + mark + "e" }
            : tokens
        ),
      },
    });
    await (await test.turn()).body?.cancel();
    const rotated = test.account("a").currentRefreshToken();
    assertEquals((await fileOf(test, "a.json"))["refresh_token"], rotated);

    damaged = false;
    await using again = await restartGateway(test);
    assertEquals(again.gateway.registry.invalidFiles, []);
    await completed(await again.turn());
    await assertQuiet(again);
  });
}

Deno.test("a file of an earlier version with a damaged access token is an account still", async () => {
  await using test = await startTestGateway({ accounts: ["a"] });
  await Deno.writeTextFile(
    join(test.dir, "b.json"),
    JSON.stringify({
      refresh_token: test.simulator.addAccount({ name: "b" })
        .currentRefreshToken(),
      access_token: "h.e30.é",
    }),
  );
  await using again = await restartGateway(test);
  assertEquals(again.gateway.registry.invalidFiles, []);
  for (const _ of ["a", "b"]) await completed(await again.turn());
  await assertQuiet(again);
});

for (const id of ["acct\n1", "ключ"]) {
  Deno.test(`a workspace id ${JSON.stringify(id)} that no header holds is left out, as the client does`, async () => {
    await using test = await startTestGateway({ accounts: ["a"] });
    const account = test.account("a");
    const auth = { chatgpt_account_id: id, chatgpt_user_id: "user" };
    await Deno.writeTextFile(
      join(test.dir, "a.json"),
      JSON.stringify({
        refresh_token: account.currentRefreshToken(),
        access_token: changed(account.issueAccessToken(), {
          "https://api.openai.com/auth": auth,
        }),
      }),
    );
    while (test.gateway.registry.get("a")?.credential === undefined) {
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    // The simulator does not know this token, and a refresh gives another.
    await completed(await test.turn());
    const { requests } = test.simulator;
    assertEquals(requests.map(({ headers }) => headers.some(isWorkspace)), [
      false,
      false,
      true,
    ]);
  });
}

function isWorkspace([name]: readonly [string, string]): boolean {
  return name.toLowerCase() === "chatgpt-account-id";
}
