import { basename, dirname, join } from "@std/path";
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { startCodaze } from "../support/codaze.ts";
import {
  runService,
  SECRETS,
  treeOf,
  UNIT,
  withHome,
} from "../support/service.ts";

/** Linux has systemd; elsewhere another manager is at home. */
const ignore = Deno.build.os !== "linux";

function test(name: string, fn: (home: string) => Promise<void>): void {
  Deno.test({ name, ignore, fn: () => withHome(fn) });
}

async function put(home: string, path: string, text: string): Promise<void> {
  await Deno.mkdir(dirname(join(home, path)), { recursive: true });
  await Deno.writeTextFile(join(home, path), text);
}

function read(home: string, path: string): Promise<string> {
  return Deno.readTextFile(join(home, path));
}

test("service install writes a unit and says how to start it", async (home) => {
  const ended = await runService(home, ["install", "--listen", "[::1]:5"]);
  assertEquals(ended.code, 0, ended.stderr);
  assertEquals(
    ended.stdout,
    "  systemctl --user daemon-reload\n  systemctl --user enable --now codaze\n",
  );
  assertStringIncludes(ended.stderr, `Installed: ${join(home, UNIT)}\n`);
  assertStringIncludes(ended.stderr, "no permission to run programs");
  const unit = await read(home, UNIT);
  const [, command = ""] = /^ExecStart=(.*)$/m.exec(unit) ?? [];
  assertStringIncludes(command, Deno.execPath());
  assertStringIncludes(command, " --no-prompt ");
  assert(/\/main\.ts"? serve "--listen=\[::1\]:5"$/.test(command), command);
  assert(!/--allow-(all|run)|-A\b/.test(command), command);
  const { mode } = await Deno.lstat(join(home, UNIT));
  assertEquals((mode ?? 0) & 0o777, 0o644);
  const accounts = await Deno.lstat(join(home, ".codaze"));
  assertEquals((accounts.mode ?? 0) & 0o777, 0o700);
});

test("the memory of a service grows with the largest body", async (home) => {
  for (
    const [flags, limit] of [[[], 2048], [
      ["--max-body-bytes=134217728"],
      3072,
    ]] as const
  ) {
    const { stdout } = await runService(home, ["print", ...flags]);
    assertStringIncludes(stdout, `\nMemoryMax=${limit}M\n`);
  }
});

test("service install twice changes nothing, another wish does", async (home) => {
  const args = ["install", "--log-level=debug"];
  await runService(home, args);
  const first = await treeOf(home);
  const { mtime } = await Deno.lstat(join(home, UNIT));
  const again = await runService(home, args);
  assertEquals(again.code, 0);
  assertStringIncludes(again.stderr, `Unchanged: ${join(home, UNIT)}\n`);
  assertEquals(await treeOf(home), first);
  assertEquals((await Deno.lstat(join(home, UNIT))).mtime, mtime);

  const other = await runService(home, ["install", "--log-level=warn"]);
  assertStringIncludes(other.stderr, "Updated: ");
  assertStringIncludes(
    other.stderr,
    "Not in it any more: --log-level=debug\n",
  );
  assertStringIncludes(other.stdout, "systemctl --user restart codaze\n");
});

/** What may be there before; all of it is there afterwards. */
const HOMES: Readonly<Record<string, readonly string[]>> = {
  "an empty home": [],
  "a home with an empty folder for units": [".config/systemd/user/"],
  "a home with other units and accounts": [
    ".config/systemd/user/other.service",
    ".config/systemd/user/default.target.wants/other.service",
    ".codaze/a.json",
  ],
};

for (const [what, paths] of Object.entries(HOMES)) {
  test(`service uninstall leaves ${what} as it was`, async (home) => {
    for (const path of paths) {
      if (!path.endsWith("/")) await put(home, path, "{}");
      else await Deno.mkdir(join(home, path), { recursive: true });
    }
    const before = await treeOf(home);
    const secret = "--env=HTTPS_PROXY=http://me:pass@p.example:1";
    await runService(home, ["install", secret]);
    await runService(home, ["install", secret, "--accounts-dir=~/b/c"]);
    // As `systemctl --user enable` does.
    const wants = join(home, dirname(UNIT), "default.target.wants");
    await Deno.mkdir(wants, { recursive: true });
    await Deno.symlink(join(home, UNIT), join(wants, "codaze.service"));
    await Deno.lstat(join(home, SECRETS));

    const ended = await runService(home, ["uninstall"]);
    assertEquals(ended.code, 0, ended.stderr);
    assertEquals(
      ended.stdout,
      "  systemctl --user stop codaze\n  systemctl --user daemon-reload\n",
    );
    assertEquals(await treeOf(home), before);
    const again = await runService(home, ["uninstall"]);
    assertEquals([again.code, again.stdout], [0, ""]);
    assertStringIncludes(again.stderr, "no service is installed");
  });
}

test("service uninstall keeps accounts that came later", async (home) => {
  await runService(home, ["install"]);
  await put(home, ".codaze/a.json", "{}");
  await runService(home, ["uninstall"]);
  const left = (await treeOf(home)).map((line) => line.split(" ")[0]);
  assertEquals(left, [join(home, ".codaze"), join(home, ".codaze/a.json")]);
});

const THEIRS: Readonly<Record<string, (unit: string) => Promise<void>>> = {
  "a foreign unit": (unit) => Deno.writeTextFile(unit, "[Service]\n"),
  "an edited unit": async (unit) => {
    const text = await Deno.readTextFile(unit);
    await Deno.writeTextFile(unit, text.replace("Restart=", "#Restart="));
  },
  "a masked unit": async (unit) => {
    await Deno.remove(unit);
    await Deno.symlink("/dev/null", unit);
  },
};

for (const [what, make] of Object.entries(THEIRS)) {
  test(`${what} is kept unless --force is given`, async (home) => {
    await runService(home, ["install"]);
    await make(join(home, UNIT));
    const theirs = await treeOf(home);
    for (const verb of ["install", "uninstall"]) {
      const ended = await runService(home, [verb]);
      assertEquals([ended.code, ended.stdout], [1, ""]);
      assertStringIncludes(ended.stderr, `"${join(home, UNIT)}"`);
      assertStringIncludes(ended.stderr, "--force");
    }
    assertEquals(await treeOf(home), theirs);

    const forced = await runService(home, ["install", "--force"]);
    assertEquals(forced.code, 0, forced.stderr);
    assertStringIncludes(await read(home, UNIT), "\nRestart=on-failure\n");
    assert((await Deno.lstat("/dev/null")).isCharDevice);
    await make(join(home, UNIT));
    await runService(home, ["uninstall", "--force"]);
    const left = (await treeOf(home)).join("\n");
    assert(!left.includes("codaze.service"), left);
  });
}

test("credentials of a proxy are in the private file alone", async (home) => {
  const proxy = "http://me:hush@proxy.example:3128";
  const ended = await runService(home, ["install", "--env", "HTTPS_PROXY"], {
    HTTPS_PROXY: proxy,
  });
  assertEquals(ended.code, 0, ended.stderr);
  const { mode } = await Deno.lstat(join(home, SECRETS));
  assertEquals((mode ?? 0) & 0o777, 0o600);
  assertStringIncludes(await read(home, SECRETS), `HTTPS_PROXY="${proxy}"\n`);
  const unit = await read(home, UNIT);
  assertStringIncludes(unit, "\nEnvironmentFile=%h/.config/systemd/user/");
  const status = await runService(home, ["status"]);
  assertStringIncludes(status.stdout, "Contents: up to date\n");
  // For websockets; the password is not needed for that.
  assertStringIncludes(unit, ",proxy.example:3128,");
  for (const text of [unit, ended.stdout, ended.stderr, status.stdout]) {
    assert(!text.includes("hush"), text);
  }

  await Deno.remove(join(home, SECRETS));
  const stale = await runService(home, ["status"]);
  assertStringIncludes(stale.stdout, 'codaze.env" is missing; run ');
  assertStringIncludes(stale.stdout, "--env HTTPS_PROXY\n");
  const without = await runService(home, ["install"]);
  assert(!(await read(home, UNIT)).includes("EnvironmentFile"));
  assertStringIncludes(
    without.stderr,
    "Not in it any more: --env HTTPS_PROXY\n",
  );
});

test("what a gateway in this shell would read is named", async (home) => {
  const env = { NO_PROXY: "example.com", CODAZE_LISTEN: "127.0.0.1:1" };
  const ended = await runService(home, ["install"], env);
  assertStringIncludes(
    ended.stderr,
    "Set here, but not for the service: NO_PROXY, CODAZE_LISTEN; add --env NAME",
  );
  const flags = ["--env=NO_PROXY", "--listen=127.0.0.1:1"];
  const given = await runService(home, ["install", ...flags], env);
  assert(!given.stderr.includes("Set here"), given.stderr);
  const unit = await read(home, UNIT);
  assertStringIncludes(unit, "\nEnvironment=NO_PROXY=example.com\n");
});

test("a folder that cannot be made is named, and nothing is left", async (home) => {
  await Deno.writeTextFile(join(home, ".config"), "");
  const before = await treeOf(home);
  const ended = await runService(home, ["install"]);
  assertEquals([ended.code, ended.stdout], [1, ""]);
  assertStringIncludes(ended.stderr, `"${join(home, ".config/systemd/user")}"`);
  assertEquals(await treeOf(home), before);
});

test("a unit that cannot be written leaves nothing behind", async (home) => {
  const folder = join(home, UNIT);
  await Deno.mkdir(folder, { recursive: true });
  const before = await treeOf(home);
  const secret = "--env=HTTPS_PROXY=http://me:pass@p.example:1";
  const args = ["install", "--force", secret];
  const ended = await runService(home, args);
  assertEquals([ended.code, ended.stdout], [1, ""]);
  assertStringIncludes(ended.stderr, `Cannot write "${folder}"`);
  assertEquals(await treeOf(home), before);
});

test("XDG_CONFIG_HOME moves the unit", async (home) => {
  const env = { XDG_CONFIG_HOME: join(home, "etc") };
  const ended = await runService(home, ["install"], env);
  assertEquals(ended.code, 0, ended.stderr);
  await Deno.lstat(join(home, "etc/systemd/user/codaze.service"));
  await runService(home, ["uninstall"], env);
  assertEquals(await treeOf(home), []);
});

test("a service may write where links of accounts lead", async (home) => {
  await put(home, ".codex/auth.json", "{}");
  await Deno.mkdir(join(home, ".codaze"));
  await Deno.symlink(
    join(home, ".codex/auth.json"),
    join(home, ".codaze/me.json"),
  );
  const { stdout } = await runService(home, ["print"]);
  assertStringIncludes(
    stdout,
    "\nReadWritePaths=-%h/.codaze -%h/.codex\n",
  );
});

test("service status tells absent, current, running, stale", async (home) => {
  const status = () => runService(home, ["status"]);
  const absent = await status();
  assertEquals(absent.code, 1);
  assertStringIncludes(absent.stdout, "Service: not installed in systemd");
  assert(!absent.stdout.includes("journalctl"), "there is no log yet");

  await using codaze = startCodaze([
    "--listen=127.0.0.1:0",
    "--admin-listen=127.0.0.1:0",
    `--accounts-dir=${join(home, "accounts")}`,
  ]);
  const admin = await codaze.printed(/admin port +http:\/\/([^/]+)\//);
  await runService(home, ["install", `--admin-listen=${admin}`]);
  const running = await status();
  assertEquals(
    [running.code, running.stdout],
    [
      1,
      `Service: ${
        join(home, UNIT)
      }\nContents: up to date\nStart: not at login; run systemctl --user enable codaze\nGateway: answers on ${admin}\n`,
    ],
  );
  // As `systemctl --user enable` does.
  const wants = join(home, dirname(UNIT), "default.target.wants");
  await Deno.mkdir(wants);
  await Deno.symlink(join(home, UNIT), join(wants, basename(UNIT)));
  assertEquals((await status()).code, 0);
  codaze.kill("SIGTERM");
  await codaze.ended;
  const stopped = await status();
  assertEquals(stopped.code, 1);
  assertStringIncludes(
    stopped.stdout,
    `Gateway: none answers on ${admin}; see journalctl --user -u codaze\n`,
  );

  const program = join(home, "it's codaze");
  await Deno.writeTextFile(program, "");
  await Deno.remove(join(home, UNIT));
  const other = join(home, "codaze");
  await Deno.rename(program, other);
  await runService(home, ["install", "--program", other]);
  assertStringIncludes((await status()).stdout, "Contents: up to date\n");
  await Deno.remove(other);
  assertStringIncludes(
    (await status()).stdout,
    `Contents: stale, "${other}", which it runs, is gone; run codaze service install\n`,
  );
});

const USAGE: Readonly<Record<string, readonly [string[], string]>> = {
  "no verb": [[], 'Cannot use "": expected one of install'],
  "an unknown verb": [["start"], 'Cannot use "start": expected one of'],
  "an unknown flag": [["install", "--forse"], 'Cannot use "--forse"'],
  "a stray word": [["install", "now"], 'Cannot use "now"'],
  "a bad value": [["install", "--listen=x"], 'Cannot use --listen "x"'],
  "a bad value after --": [["print", "--", "--listen=x"], '--listen "x"'],
  "a bad twin": [["install", "--env=CODAZE_LISTEN=x"], 'CODAZE_LISTEN "x"'],
  "a flag of another verb": [["status", "--force"], "--force with status"],
  "flags to uninstall": [["uninstall", "--listen=x"], 'Cannot use "--listen=x'],
  "an unset variable": [["install", "--env=NO_PROXY"], "--env NO_PROXY"],
  "an unreadable variable": [["install", "--env", "PATH"], "--env PATH"],
  "no variable": [["install", "--env", "=hush"], "expected NAME=value"],
  "a variable twice": [["install", "--env=A=1", "--env=A=2"], "--env A twice"],
  "a bad proxy": [
    ["install", "--env=HTTPS_PROXY=ftp://me:hush@p.example"],
    'HTTPS_PROXY "ftp://…@p.example"',
  ],
  "a relative path": [
    ["install", "--env=SSL_CERT_FILE=roots.pem"],
    "expected an absolute path",
  ],
  "a line break": [["install", "--env=A=b\nc"], "control characters"],
  "a quote in the program": [["print", "--program=/a'b"], "quotes"],
  "two managers": [["print", "--systemd", "--launchd"], "one of them"],
};

for (const [what, [args, says]] of Object.entries(USAGE)) {
  test(`${what} exits with 2 and says so`, async (home) => {
    const ended = await runService(home, args);
    assertEquals([ended.code, ended.stdout], [2, ""], ended.stderr);
    assertStringIncludes(ended.stderr, says);
    assert(!ended.stderr.includes("hush"), ended.stderr);
    assertEquals(await treeOf(home), []);
  });
}

test("a program that is not there is not installed", async (home) => {
  const ended = await runService(home, ["install", "--program=/no/codaze"]);
  assertEquals([ended.code, ended.stdout], [1, ""]);
  assertStringIncludes(ended.stderr, '"/no/codaze"');
  assertEquals(await treeOf(home), []);
});
