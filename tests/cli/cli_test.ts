import { join } from "@std/path";
import {
  assert,
  assertEquals,
  assertMatch,
  assertStringIncludes,
} from "@std/assert";
import denoJson from "../../deno.json" with { type: "json" };
import { FLAGS } from "../../lib/config/flags.ts";
import { startSimulator } from "../../lib/simulator/simulator.ts";
import { writeAccount } from "../support/account_files.ts";
import {
  CODEX_BODY,
  CODEX_HEADERS,
  startTestGateway,
} from "../support/gateway.ts";
import { runCodaze, startCodaze } from "../support/codaze.ts";

const FREE = ["--listen=127.0.0.1:0", "--admin-listen=127.0.0.1:0"];

/** Windows has no such signals to send. */
const ignore = Deno.build.os === "windows";

async function withFolder(use: (dir: string) => Promise<void>): Promise<void> {
  const dir = await Deno.makeTempDir({ prefix: "codaze-test-" });
  try {
    await use(dir);
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
}

async function namesIn(dir: string): Promise<readonly string[]> {
  const names: string[] = [];
  for await (const { name } of Deno.readDir(dir)) names.push(name);
  return names;
}

Deno.test("codaze help flags lists every flag", async () => {
  const { code, stdout, stderr } = await runCodaze(["help", "flags"]);
  assertEquals([code, stderr], [0, ""]);
  for (const { name } of Object.values(FLAGS)) {
    assertMatch(stdout, new RegExp(`^  --${name} +\\S`, "m"));
  }
});

/** How help is asked for, and how it begins. */
const HELP: ReadonlyArray<readonly [args: readonly string[], start: string]> = [
  [["--help"], "codaze: a local gateway"],
  [["-h"], "codaze: a local gateway"],
  [["help"], "codaze: a local gateway"],
  [["--listen", "x", "--help"], "codaze: a local gateway"],
  [["serve", "--listen=x", "-h"], "codaze serve\n"],
  [["accounts", "--help"], "codaze accounts [OPTIONS] [NAME]\n"],
  [["accounts", "main", "--help"], "codaze accounts [OPTIONS] [NAME]\n"],
  [["accounts", "keep", "-h"], "codaze accounts keep NAME PERCENT\n"],
  [["help", "accounts", "keep"], "codaze accounts keep NAME PERCENT\n"],
];

for (const [args, start] of HELP) {
  Deno.test(`codaze ${args.join(" ")} shows help`, async () => {
    const { code, stdout, stderr } = await runCodaze(args);
    assertEquals([code, stderr, stdout.slice(0, start.length)], [0, "", start]);
  });
}

for (const args of [["--version"], ["-V"], ["version"]]) {
  Deno.test(`codaze ${args[0]} is the version of deno.json`, async () => {
    const { code, stdout } = await runCodaze(args);
    assertEquals([code, stdout], [0, `codaze ${denoJson.version}\n`]);
  });
}

interface UsageCase {
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly says: readonly string[];
  readonly hides?: string;
}

const USAGE: Readonly<Record<string, UsageCase>> = {
  "an unknown command": {
    args: ["sevre"],
    says: ['Unknown command "sevre"; did you mean codaze serve?'],
  },
  "help for an unknown command": {
    args: ["help", "docter"],
    says: ["did you mean codaze doctor?"],
  },
  "a command of accounts alone": {
    args: ["pause"],
    says: ["did you mean codaze accounts pause?"],
  },
  "what is no command at all": {
    args: ["xyzzy"],
    says: ['Unknown command "xyzzy": codaze help lists all'],
  },
  "a shell without completions": {
    args: ["completions", "csh"],
    says: ['"csh": expected one of bash, zsh, fish; did you mean zsh?'],
  },
  "a bad value": {
    args: ["--listen=0.0.0.0:1"],
    says: ['--listen "0.0.0.0:1"', "loopback"],
  },
  "a bad twin": {
    args: [],
    env: { CODAZE_LOG_LEVEL: "loud" },
    says: ['CODAZE_LOG_LEVEL "loud"', "debug, info, warn, error"],
  },
  "a proxy nobody can use": {
    args: FREE,
    env: { HTTPS_PROXY: "ftp://me:p@ss/w?#rd@proxy.example:1" },
    says: ['HTTPS_PROXY "ftp://…@proxy.example:1"', "socks5"],
    hides: "ss/w",
  },
  "a proxy without a scheme": {
    args: FREE,
    env: { all_proxy: "me:pass@proxy.example:port" },
    says: ['all_proxy "…@proxy.example:port"'],
    hides: "pass@",
  },
  "DENO_SERVE_ADDRESS": {
    args: FREE,
    env: { DENO_SERVE_ADDRESS: "tcp:127.0.0.1:1" },
    says: ['DENO_SERVE_ADDRESS "tcp:127.0.0.1:1"'],
  },
  "telemetry that would show upstream": {
    args: FREE,
    env: { OTEL_DENO: "true" },
    says: ["OTEL_PROPAGATORS=none", "traceparent"],
  },
  "telemetry that would see a sign-in": {
    args: ["login"],
    env: { OTEL_DENO: "true", OTEL_PROPAGATORS: "none" },
    says: ["Unset OTEL_DENO or pass --device"],
  },
  "certificates that are not there": {
    args: FREE,
    env: { SSL_CERT_FILE: "/nowhere/roots.pem" },
    says: ['SSL_CERT_FILE "/nowhere/roots.pem"'],
  },
};

/** A token that a person pasted, and what a terminal would obey. */
const PASTED = "rt_1.pasted-by-mistake\x1b[2J";

for (
  const args of [
    [PASTED],
    ["serve", PASTED],
    ["serve", `--log-level=${PASTED}`],
    ["demo", PASTED],
    ["login", PASTED],
    ["import", `--${PASTED}`],
    ["accounts", PASTED, PASTED],
    ["policy", PASTED],
    ["explain", PASTED],
    ["replay", "file", PASTED],
    ["doctor", PASTED],
    ["selftest", PASTED],
    ["service", PASTED],
  ]
) {
  const [command] = args;
  const shown = command === PASTED ? "no command" : args.join(" ").slice(0, 20);
  Deno.test(`a pasted token is not shown again, by ${shown}`, async () => {
    const { code, stdout, stderr } = await runCodaze(args);
    assertEquals([code, stdout], [2, ""], stderr);
    assertStringIncludes(stderr, "[redacted]");
    for (const text of ["pasted-by", "\x1b"]) assert(!stderr.includes(text));
  });
}

for (const [what, { args, env = {}, says, hides }] of Object.entries(USAGE)) {
  Deno.test(`${what} exits with 2 and says so`, async () => {
    await withFolder(async (dir) => {
      const all = args.length === 1 ? args : [...args, `--accounts-dir=${dir}`];
      const { code, stdout, stderr } = await runCodaze(all, { env });
      assertEquals([code, stdout], [2, ""], stderr);
      assert(stderr.startsWith("codaze: "), stderr);
      for (const text of says) assertStringIncludes(stderr, text);
      if (hides !== undefined) assert(!stderr.includes(hides), stderr);
      assertEquals(await namesIn(dir), []);
    });
  });
}

for (const flag of ["listen", "admin-listen"]) {
  Deno.test(`a taken port exits with 1 and names --${flag}`, async () => {
    using taken = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    const { port } = taken.addr;
    await withFolder(async (dir) => {
      const args = FREE.map((arg) =>
        arg.startsWith(`--${flag}=`) ? `--${flag}=127.0.0.1:${port}` : arg
      );
      const ended = await runCodaze([...args, `--accounts-dir=${dir}`]);
      assertEquals(ended.code, 1);
      assertStringIncludes(
        ended.stderr,
        `Cannot use --${flag} "127.0.0.1:${port}": the address is taken; stop what listens there or pass another port`,
      );
    });
  });
}

Deno.test("a second gateway is told that one runs, since when", async () => {
  await using test = await startTestGateway({ accounts: ["a", "b"] });
  const listen = new URL(test.gateway.publicOrigin).host;
  const admin = new URL(test.gateway.adminOrigin).host;
  for (
    const [mine, its] of [[listen, admin], [listen, "127.0.0.1:0"], [
      "127.0.0.1:0",
      admin,
    ]]
  ) {
    const { code, stderr } = await runCodaze([
      ...[`--listen=${mine}`, `--admin-listen=${its}`],
      `--accounts-dir=${test.dir}`,
    ]);
    assertEquals(code, 1, stderr);
    assertMatch(
      stderr,
      /^codaze: Codaze is already running here since .*\d\d:\d\d \(2 accounts\): codaze status$/m,
    );
  }
});

Deno.test("a mistyped variable is told at the start and by the doctor", async () => {
  await withFolder(async (dir) => {
    const env = { CODAZE_LISTN: "127.0.0.1:1" };
    const args = [...FREE, `--accounts-dir=${dir}`];
    await using codaze = startCodaze(args, { env });
    await codaze.printed(
      /CODAZE_LISTN is not read: did you mean CODAZE_LISTEN/,
    );
    const { stdout } = await runCodaze(["doctor", ...args], { env });
    assertStringIncludes(stdout, "CODAZE_LISTN is set, but no variable");
  });
});

Deno.test("an accounts dir that is none exits with 1 and names it", async () => {
  await withFolder(async (dir) => {
    const file = join(dir, "file");
    await Deno.writeTextFile(file, "");
    for (const path of [file, join(file, "below")]) {
      const ended = await runCodaze([...FREE, `--accounts-dir=${path}`]);
      assertEquals(ended.code, 1);
      assertStringIncludes(ended.stderr, `--accounts-dir "${path}"`);
    }
  });
});

for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
  Deno.test({
    name: `${signal} ends the program with 0, its log plain`,
    ignore,
    async fn() {
      await withFolder(async (dir) => {
        const fresh = join(dir, "fresh");
        await using codaze = startCodaze([...FREE, `--accounts-dir=${fresh}`]);
        const base = await codaze.printed(/public port +(\S+)\/v1/);
        const health = await fetch(`${base}/health`);
        assertEquals(await health.json(), { ok: true });
        codaze.kill(signal);
        const { code, stdout, stderr } = await codaze.ended;
        assertEquals([code, stdout], [0, ""]);
        assertStringIncludes(stderr, `stopping (${signal})`);
        assertStringIncludes(stderr, "no account yet: run codaze login");
        // deno-lint-ignore no-control-regex
        assert(!/\x1b/.test(stderr), "colours without a terminal");
        const { mode } = await Deno.stat(fresh);
        assertEquals((mode ?? 0) & 0o777, 0o700);
      });
    },
  });
}

Deno.test({
  name: "--log-format json writes one object a line, nothing below its level",
  ignore,
  async fn() {
    await withFolder(async (dir) => {
      const args = [...FREE, `--accounts-dir=${dir}`, "--log-format=json"];
      await using codaze = startCodaze(args, {
        env: { CODAZE_LOG_LEVEL: "info" },
      });
      await codaze.printed(/"accounts":0/);
      codaze.kill("SIGTERM");
      const { stderr } = await codaze.ended;
      const lines = stderr.trimEnd().split("\n").map((line) =>
        JSON.parse(line)
      );
      for (const { time, level, message } of lines) {
        assertMatch(time, /^\d{4}-\d\d-\d\dT[\d:.]+Z$/);
        assert(["info", "warn", "error"].includes(level));
        assert(message.length > 0);
      }
      assertEquals(lines.at(-1).message, "stopped");
    });
  },
});

Deno.test({
  name: "a turn may end in the grace period; a second signal exits with 130",
  ignore,
  async fn() {
    await using simulator = await startSimulator();
    const account = simulator.addAccount({ name: "a" });
    await withFolder(async (dir) => {
      await writeAccount(dir, account);
      account.fault({ kind: "silence", after: 5, ms: Infinity });
      await using codaze = startCodaze([
        ...FREE,
        `--accounts-dir=${dir}`,
        `--upstream=${simulator.upstream}`,
        `--auth-issuer=${simulator.issuer}`,
        "--shutdown-grace-period-seconds=3600",
      ]);
      const base = await codaze.printed(/public port +(\S+)\/v1/);
      const turn = await fetch(`${base}/v1/responses`, {
        method: "POST",
        headers: CODEX_HEADERS,
        body: JSON.stringify(CODEX_BODY),
      });
      assertEquals(turn.status, 200);
      codaze.kill("SIGINT");
      await codaze.printed(/stopping \(SIGINT\)/);
      await codaze.printed(/1 open turn may take up to 3600 s; Ctrl-C again/);
      codaze.kill("SIGTERM");
      const { code, stderr } = await codaze.ended;
      assertEquals(code, 130, stderr);
      assertStringIncludes(
        stderr,
        "stopped at once, while waiting for open turns",
      );
      await turn.body?.cancel().catch(() => {});
      // What the refresh brought is on disk, whatever became of the process.
      const file = await Deno.readTextFile(join(dir, "a.json"));
      assertEquals(
        JSON.parse(file).refresh_token,
        account.currentRefreshToken(),
      );
      assert(!stderr.includes(account.currentRefreshToken()));
    });
  },
});

Deno.test({
  name: "demo streams an answer past any proxy and leaves nothing behind",
  ignore,
  async fn() {
    await withFolder(async (dir) => {
      // Nothing listens there: whoever asked it would fail.
      const proxy = "http://127.0.0.1:9";
      await using codaze = startCodaze(["demo"], {
        task: "demo",
        env: { TMPDIR: dir, HTTP_PROXY: proxy, all_proxy: proxy },
      });
      const url = await codaze.printed(/curl -N (\S+\/v1\/responses) /);
      const body = await codaze.printed(/-d '(\{.*\})'/);
      assertEquals((await namesIn(dir)).length, 1);
      const answer = await fetch(url, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body,
      });
      const text = await answer.text();
      assertStringIncludes(text, "event: response.completed");
      assertStringIncludes(text, "hello from the demo");
      codaze.kill("SIGINT");
      const { code, stdout } = await codaze.ended;
      assertEquals(code, 0);
      // deno-lint-ignore no-control-regex
      assert(!/\x1b/.test(stdout), "colours without a terminal");
      assertEquals(await namesIn(dir), []);
    });
  },
});
