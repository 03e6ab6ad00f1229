import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";
import {
  refreshAnswerLost,
  refreshServerError,
  refreshWithoutRotation,
} from "../../lib/simulator/faults/token_faults.ts";
import { startCodaze } from "../support/codaze.ts";
import {
  assertNoSecrets,
  ignore,
  printedAddress,
  PROGRAM,
  sentBackTo,
  type Setting,
  shown,
  startSetting,
} from "./login_support.ts";

interface FailureCase {
  readonly arrange: (setting: Setting) => void;
  readonly says: RegExp;
  /** What the page says. */
  readonly page: RegExp;
}

const FAILURES: Readonly<Record<string, FailureCase>> = {
  "a person who says no": {
    arrange: ({ simulator }) =>
      simulator.signIn.deny("I changed \x1b[2Jmy mind"),
    says: /The sign-in was refused: I changed \\u\{1b\}\[2Jmy mind; run/,
    page: /was refused/,
  },
  "a workspace without Codex": {
    arrange: ({ simulator }) =>
      simulator.signIn.deny("Missing_Codex_Entitlement: x"),
    says: /Codex is not enabled for this workspace; ask its administrator/,
    page: /was refused/,
  },
  "an exchange that is refused": {
    arrange: ({ simulator, ada }) => {
      simulator.signIn.approveAs(ada);
      simulator.signIn.fault("code", refreshServerError());
    },
    says: /did not accept the sign-in: token endpoint answered 500/,
    page: /did not work/,
  },
  "an exchange whose answer is lost": {
    arrange: ({ simulator, ada }) => {
      simulator.signIn.approveAs(ada);
      simulator.signIn.fault("code", refreshAnswerLost());
    },
    says:
      /gave no answer, so this sign-in is lost \(.+\); run codaze login again/,
    page: /did not work/,
  },
  "an answer without a refresh token": {
    arrange: ({ simulator, ada }) => {
      simulator.signIn.approveAs(ada);
      simulator.signIn.fault("code", refreshWithoutRotation());
    },
    says: /token endpoint gave no refresh token; run codaze login again/,
    page: /did not work/,
  },
};

for (const [what, { arrange, says, page }] of Object.entries(FAILURES)) {
  Deno.test(`${what} ends the sign-in with 1 and clear words`, async () => {
    await using setting = await startSetting();
    arrange(setting);
    await using codaze = setting.login();
    const back = await sentBackTo(await printedAddress(codaze, setting));
    assertMatch(await shown(back), page);
    const ended = await codaze.ended;
    assertEquals(ended.code, 1, ended.stderr);
    assertMatch(ended.stderr, says);
    assertNoSecrets(ended);
    assertEquals(await setting.files(), []);
    // Once: a code that comes twice would end what it has given.
    assertEquals(setting.simulator.violations, []);
  });
}

Deno.test("a sign-in that nobody finishes expires with 1", async () => {
  await using setting = await startSetting();
  await using codaze = setting.login([], { allowedMs: 50 });
  const { code, stderr } = await codaze.ended;
  assertEquals(code, 1);
  assertMatch(stderr, /The sign-in has expired: .+; run codaze login again/);
  assertEquals(await setting.files(), []);
});

Deno.test("a folder that is gone keeps nobody from knowing", async () => {
  await using setting = await startSetting();
  const { simulator, ada, dir } = setting;
  simulator.signIn.approveAs(ada);
  await using codaze = setting.login();
  const url = await printedAddress(codaze, setting);
  await Deno.remove(dir, { recursive: true });
  await Deno.writeTextFile(dir, "");
  const page = await shown(await sentBackTo(url));
  assertStringIncludes(page, "did not work");
  const ended = await codaze.ended;
  assertEquals(ended.code, 1);
  assertStringIncludes(ended.stderr, "Signed in, but not saved: ");
  assertStringIncludes(ended.stderr, dir);
  assertNoSecrets(ended);
});

Deno.test("two taken ports end it with both names and a way out", async () => {
  await using setting = await startSetting();
  using one = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  using two = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const ports = [one.addr.port, two.addr.port];
  const { code, stdout, stderr } = await setting.login([], { ports }).ended;
  assertEquals([code, stdout], [1, ""]);
  assertStringIncludes(stderr, `127.0.0.1:${ports[0]}`);
  assertStringIncludes(stderr, `127.0.0.1:${ports[1]}`);
  assertStringIncludes(stderr, "codaze login --device");
});

Deno.test("the official client gets the port when it asks for it", async () => {
  await using setting = await startSetting();
  await using codaze = setting.login();
  const url = await printedAddress(codaze, setting);
  const back = new URL(url.searchParams.get("redirect_uri") ?? "");
  using conn = await Deno.connect({
    hostname: "127.0.0.1",
    port: Number(back.port),
  });
  const request =
    `GET /cancel HTTP/1.1\r\nHost: ${back.host}\r\nConnection: close\r\n\r\n`;
  await conn.write(new TextEncoder().encode(request));
  const { code, stderr } = await codaze.ended;
  assertEquals(code, 1);
  assertStringIncludes(stderr, `Another sign-in asked for port ${back.port}`);
});

Deno.test({
  name: "Ctrl-C ends it with 130, the port free and the folder empty",
  ignore,
  async fn() {
    await using setting = await startSetting();
    for (const signal of ["SIGINT", "SIGTERM"] as const) {
      await using codaze = setting.login();
      const url = await printedAddress(codaze, setting);
      codaze.kill(signal);
      const { code, stderr } = await codaze.ended;
      assertEquals(code, 130, stderr);
      assertStringIncludes(stderr, "Cancelled: nothing was saved");
      assertEquals(await setting.names(), []);
      const back = new URL(url.searchParams.get("redirect_uri") ?? "");
      using _free = Deno.listen({
        hostname: "127.0.0.1",
        port: Number(back.port),
      });
    }
  },
});

const USAGE: Readonly<Record<string, string>> = {
  "--label": "Cannot use --label: expected a value after it",
  "--label=": 'Cannot use --label "": expected a name',
  "--lable=x":
    'Cannot use "--lable": there is no such flag; did you mean --label?',
  "ada": 'Cannot use "ada": expected a flag; see --help',
  "--auth-issuer=http://evil.example":
    'Cannot use --auth-issuer "http://evil.example',
};

for (const [arg, says] of Object.entries(USAGE)) {
  Deno.test(`codaze login ${arg} exits with 2 and says so`, async () => {
    const { code, stdout, stderr } = await startCodaze(["login", arg]).ended;
    assertEquals([code, stdout], [2, ""]);
    assertStringIncludes(stderr, says);
  });
}

Deno.test("a proxy that nobody can use is told before anything is asked", async () => {
  const { code, stdout, stderr } = await startCodaze(["login", "--device"], {
    env: { HTTPS_PROXY: "ftp://me:secret@proxy.example:1" },
  }).ended;
  assertEquals([code, stdout], [2, ""]);
  assertStringIncludes(stderr, 'HTTPS_PROXY "ftp://…@proxy.example:1"');
});

Deno.test("an accounts dir that is none is told before anyone signs in", async () => {
  await using setting = await startSetting();
  const path = join(setting.dir, "file");
  await Deno.writeTextFile(path, "");
  const { code, stdout, stderr } = await startCodaze([
    "0@60000",
    `--accounts-dir=${path}`,
    "--admin-listen=127.0.0.1:0",
    `--auth-issuer=${setting.simulator.issuer}`,
  ], { script: PROGRAM }).ended;
  assertEquals([code, stdout], [1, ""]);
  assertStringIncludes(stderr, path);
  await Deno.remove(path);
});
