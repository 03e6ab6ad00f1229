import {
  assert,
  assertEquals,
  assertMatch,
  assertStringIncludes,
} from "@std/assert";
import { BROWSER_LOGIN } from "../../lib/cli/login/browser_login.ts";
import { CANARY } from "../../lib/simulator/accounts/canary.ts";
import { undecodableAccessToken } from "../../lib/simulator/faults/token_faults.ts";
import { startCodaze } from "../support/codaze.ts";
import { startTestGateway } from "../support/gateway.ts";
import {
  assertNoSecrets,
  headersOf,
  printedAddress,
  PROGRAM,
  sentBackTo,
  shown,
  startSetting,
} from "./login_support.ts";

Deno.test("a person signs in with the browser, and the account is there", async () => {
  await using setting = await startSetting();
  const { simulator, ada, dir } = setting;
  simulator.signIn.approveAs(ada);
  await using codaze = setting.login(["--label", "work"]);
  const url = await printedAddress(codaze, setting);
  const back = await sentBackTo(url);
  // The short address leads to the very same sign-in.
  const short = await fetch(back.origin, { redirect: "manual" });
  await short.body?.cancel();
  assertEquals(short.headers.get("location"), url.href);
  const page = await shown(back);
  const ended = await codaze.ended;

  assertEquals(ended.code, 0, ended.stderr);
  assertStringIncludes(ended.stdout, `\n  ${back.origin}/\n`);
  assertMatch(
    ended.stdout,
    /\nSigned in as ada@example\.test \(plus\); account work saved in \S+\nNext: codaze starts the gateway/,
  );
  assertStringIncludes(ended.stdout, `saved in ${dir}\n`);
  assertStringIncludes(page, "Signed in as ada@example.test (plus)");
  assert(!CANARY.test(page), page);
  assertNoSecrets(ended);
  const [file, ...more] = await setting.files();
  assertEquals(more, []);
  assertEquals(file?.["refresh_token"], ada.currentRefreshToken());
  assertEquals(file?.["label"], "work");
  assertEquals(simulator.violations, []);
});

Deno.test("on the wire, browser login is capture H2 without its API key", async () => {
  await using setting = await startSetting();
  const { simulator, ada } = setting;
  simulator.signIn.approveAs(ada);
  await using codaze = setting.login();
  const url = await printedAddress(codaze, setting);
  const back = await sentBackTo(url);
  await shown(back);
  assertEquals((await codaze.ended).code, 0);

  assertEquals([...url.searchParams.keys()], [
    "response_type",
    "client_id",
    "redirect_uri",
    "code_challenge",
    "code_challenge_method",
    "state",
    "scope",
    "id_token_add_organizations",
    "codex_cli_simplified_flow",
    "originator",
  ]);
  const requests = simulator.requests.map(({ method, target }) =>
    `${method} ${target.split("?")[0]}`
  );
  assertEquals(requests, ["GET /oauth/authorize", "POST /oauth/token"]);
  const grant = simulator.requests[1];
  const form = [...new URLSearchParams(new TextDecoder().decode(grant?.body))];
  const verifier = form[4]?.[1] ?? "";
  assertMatch(verifier, /^[\w-]{86}$/);
  assertEquals(form, [
    ["grant_type", "authorization_code"],
    ["client_id", "app_EMoamEEZ73f0CkXaXp7hrann"],
    ["code", back.searchParams.get("code")],
    ["redirect_uri", `${back.origin}/auth/callback`],
    ["code_verifier", verifier],
  ]);
  assertEquals(headersOf(grant), ["content-type", "accept"]);
});

Deno.test("a sign-in goes through the gateway that runs, and serves at once", async () => {
  await using gateway = await startTestGateway({ accounts: [] });
  const { simulator, dir } = gateway;
  const ada = simulator.addAccount({ name: "ada" });
  simulator.signIn.approveAs(ada);
  const admin = new URL(gateway.gateway.adminOrigin).host;
  await using codaze = startCodaze([
    "0@60000",
    `--accounts-dir=${dir}`,
    `--admin-listen=${admin}`,
    `--auth-issuer=${simulator.issuer}`,
  ], { script: PROGRAM });
  await shown(await sentBackTo(await printedAddress(codaze, gateway)));
  const ended = await codaze.ended;

  assertEquals(ended.code, 0, ended.stderr);
  assertStringIncludes(ended.stdout, `saved with the gateway on ${admin}\n`);
  assertNoSecrets(ended);
  const turn = await gateway.turn();
  assertEquals(turn.status, 200);
  assertStringIncludes(await turn.text(), "response.completed");
  assertEquals(ada.refreshCount, 0);
});

Deno.test("signing in again renews the account instead of adding one", async () => {
  await using setting = await startSetting();
  const { simulator, ada } = setting;
  simulator.signIn.approveAs(ada);
  let last = "";
  for (let time = 0; time < 2; time++) {
    await using codaze = setting.login();
    await shown(await sentBackTo(await printedAddress(codaze, setting)));
    const { code, stdout, stderr } = await codaze.ended;
    assertEquals(code, 0, stderr);
    last = stdout;
  }
  assertMatch(
    last,
    /account \w+\.\.\. in \S+ is signed in again/,
  );
  const files = await setting.files();
  assertEquals(files.length, 1);
  assertEquals(files[0]?.["refresh_token"], ada.currentRefreshToken());
});

Deno.test("an access token that cannot be read costs nobody the sign-in", async () => {
  await using setting = await startSetting();
  const { simulator, ada } = setting;
  simulator.signIn.approveAs(ada);
  simulator.signIn.fault("code", undecodableAccessToken());
  await using codaze = setting.login();
  await shown(await sentBackTo(await printedAddress(codaze, setting)));
  const ended = await codaze.ended;
  assertEquals(ended.code, 0, ended.stderr);
  const [file] = await setting.files();
  assertEquals(file?.["refresh_token"], ada.currentRefreshToken());
});

Deno.test("a wrong state is told of and ignored; the right one still works", async () => {
  await using setting = await startSetting();
  const { simulator, ada } = setting;
  simulator.signIn.approveAs(ada);
  await using codaze = setting.login();
  const back = await sentBackTo(await printedAddress(codaze, setting));
  const wrong = new URL(back);
  wrong.searchParams.set("state", "x".repeat(43));
  wrong.searchParams.set("code", "of-a-stranger");
  for (let time = 0; time < 3; time++) {
    const answer = await fetch(wrong);
    await answer.body?.cancel();
    assertEquals(answer.status, 400);
  }
  assertStringIncludes(await shown(back), "Signed in as");
  const ended = await codaze.ended;
  assertEquals(ended.code, 0, ended.stderr);
  assertEquals(ended.stderr.match(/Ignored a callback/g)?.length, 1);
  assertEquals(simulator.violations, []);
});

Deno.test("the browser login has the official client's ports, and 15 minutes", () => {
  assertEquals(BROWSER_LOGIN, { ports: [1455, 1457], allowedMs: 900_000 });
});

Deno.test("what a gateway does not take goes to the folder", async () => {
  await using setting = await startSetting();
  const { simulator, ada, dir } = setting;
  simulator.signIn.approveAs(ada);
  const view = {
    accounts: [],
    invalid_files: [],
    accounts_dir: await Deno.realPath(dir),
  };
  await using gateway = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => {} },
    ({ method }) =>
      method === "GET"
        ? Response.json(view)
        : Response.json({ error: { message: "disk full" } }, { status: 500 }),
  );
  const admin = `127.0.0.1:${gateway.addr.port}`;
  await using codaze = setting.login([], { admin });
  await shown(await sentBackTo(await printedAddress(codaze, setting)));
  const ended = await codaze.ended;
  assertEquals(ended.code, 0, ended.stderr);
  assertStringIncludes(ended.stdout, `saved in ${dir} (disk full)`);
  const [file] = await setting.files();
  assertEquals(file?.["refresh_token"], ada.currentRefreshToken());
});

Deno.test("a taken port gives way to the next one", async () => {
  await using setting = await startSetting();
  const { simulator, ada } = setting;
  using taken = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = taken.addr;
  simulator.signIn.approveAs(ada);
  await using codaze = setting.login([], { ports: [port, 0] });
  const url = await printedAddress(codaze, setting);
  await shown(await sentBackTo(url));
  const { code, stderr } = await codaze.ended;
  assertEquals(code, 0, stderr);
  assertMatch(stderr, new RegExp(`Port ${port} is taken; port \\d+ will do`));
});
