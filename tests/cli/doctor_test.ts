/**
 * Ten machines with something wrong, as a person meets them: what `codaze
 * doctor` finds, what it says to do, and how it ends.
 */
import {
  assert,
  assertEquals,
  assertMatch,
  assertStringIncludes,
} from "@std/assert";
import { stripAnsiCode } from "@std/fmt";
import type { Verdict } from "../../lib/cli/doctor/finding.ts";
import { Machine, only } from "./doctor_support.ts";
import { nobodyListens } from "./pool_support.ts";

Deno.test("codaze doctor finds nothing wrong where nothing is", async () => {
  await using machine = await Machine.start();
  await using _gateway = await machine.serve();
  const { code, stdout, stderr } = await machine.run([
    "doctor",
    ...machine.flags,
  ]);
  assertEquals([code, stderr], [0, ""]);
  assertEquals(stripAnsiCode(stdout), stdout);
  assertMatch(stdout, /\n\nAll is well\n$/);
  for (
    const line of [
      /^ok +version +codaze \d/m,
      /^ok +public port +127\.0\.0\.1:\d+: a gateway answers$/m,
      /^ok +admin port +127\.0\.0\.1:\d+: a gateway answers$/m,
      /^ok +accounts dir +.*: private, writable, locks hold$/m,
      /^ok +account +main\.json: access token good until 20/m,
      /^ok +upstream +127\.0\.0\.1:\d+: connected in \d+ ms, answer in/m,
      /^ok +auth server +127\.0\.0\.1:\d+: connected in/m,
      /^ok +clock +agrees with the hosts, within \d s$/m,
      /^ok +gateway +1 account, all can serve$/m,
      /^ok +Codex config +openai_base_url leads to this gateway$/m,
      /^ok +service +none installed$/m,
    ]
  ) assertMatch(stdout, line);
  assertEquals(await names(machine.dir), [".codaze-running", "main.json"]);
  assertEquals(machine.simulator.violations, []);
});

interface Trouble {
  readonly what: string;
  /** Breaks it; gives what the doctor is called with besides. */
  readonly break: (machine: Machine) => Promise<Called | void>;
  readonly check: string;
  readonly verdict: Verdict;
  readonly found: RegExp;
  readonly cure: RegExp;
  readonly code: number;
}

interface Called extends Partial<AsyncDisposable> {
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

const DAY_MS = 86_400_000;

const TROUBLES: readonly Trouble[] = [
  {
    what: "a taken port",
    break: ({ listen }) => Promise.resolve(listener(listen)),
    check: "public port",
    verdict: "fail",
    found: /^127\.0\.0\.1:\d+ is taken by another program$/,
    cure: /^stop it \(.* names it\), or pass another port to --listen$/,
    code: 1,
  },
  {
    // A folder without permissions would do for nobody but root.
    what: "an accounts dir that is none",
    break: async (machine) => {
      await Deno.remove(machine.dir, { recursive: true });
      await machine.save(".codaze", "");
    },
    check: "accounts dir",
    verdict: "fail",
    found: /\.codaze is a file$/,
    cure: /^name a folder with --accounts-dir, or move that file away$/,
    code: 1,
  },
  {
    what: "a broken file",
    break: (machine) => machine.save(".codaze/half.json", '{"refresh_token":'),
    check: "account",
    verdict: "fail",
    found: /^half\.json: file is not a JSON object$/,
    cure: /^repair or delete it, then codaze login/,
    code: 1,
  },
  {
    what: "a proxy that is not there",
    break: () => {
      const proxy = `http://me:hunter2@${nobodyListens()}`;
      return Promise.resolve({ env: { HTTP_PROXY: proxy } });
    },
    check: "upstream",
    verdict: "fail",
    found:
      /: Connection refused, through http:\/\/127\.0\.0\.1:\d+ \(HTTP_PROXY\)$/,
    cure: /^start that proxy, or correct or unset HTTP_PROXY; NO_PROXY=/,
    code: 1,
  },
  {
    what: "a clock that is a day ahead",
    break: () => Promise.resolve(hostsWithTime(-DAY_MS)),
    check: "clock",
    verdict: "fail",
    found: /^1 day ahead of the hosts$/,
    cure: /^set it: /,
    code: 1,
  },
  {
    what: "a sign-in that the server has ended",
    break: async (machine) => {
      const other = await machine.addAccount("gone");
      other.revoke();
      const { flags } = machine;
      const { code } = await machine.run([
        ...["accounts", "refresh", "gone"],
        ...flags.filter((flag) => !/^--(listen|upstream)/.test(flag)),
      ]);
      assertEquals(code, 1);
    },
    check: "signed out",
    verdict: "warn",
    found: /^gone\.json was given up on 20\d\d-\d\d-\d\d: \w/,
    cure: /^sign in again with codaze login; .*codaze accounts remove gone$/,
    code: 0,
  },
  {
    what: "two files with one sign-in",
    break: (machine) =>
      Deno.copyFile(
        machine.path(".codaze/main.json"),
        machine.path(".codaze/other.json"),
      ),
    check: "duplicate",
    verdict: "warn",
    found: /^main\.json and other\.json hold the same sign-in$/,
    cure: /^delete one of them; else the gateway moves other\.json to trash\/$/,
    code: 0,
  },
  {
    what: "a Codex that goes elsewhere",
    break: (machine) =>
      machine.configureCodex('openai_base_url = "http://127.0.0.1:9/v1"\n'),
    check: "Codex config",
    verdict: "fail",
    found:
      /^openai_base_url "http:\/\/127\.0\.0\.1:9\/v1" leads to another port than/,
    cure:
      /config\.toml, on top: openai_base_url = "http:\/\/127\.0\.0\.1:\d+\/v1"$/,
    code: 1,
  },
  {
    what: "a service of a program that is gone",
    break: async (machine) => {
      const program = machine.path("codaze");
      await machine.save("codaze", "");
      const { code, stderr } = await machine.run([
        ...["service", "install", `--program=${program}`],
        ...["--log-level=warn", "--env", "NO_COLOR=1"],
      ]);
      assertEquals(code, 0, stderr);
      await Deno.remove(program);
    },
    check: "service",
    verdict: "warn",
    found: / is stale: ".*\/codaze", which it runs, is gone$/,
    cure: /^codaze service install --env NO_COLOR=1 --log-level=warn$/,
    code: 0,
  },
  {
    what: "no accounts",
    break: ({ dir }) => Deno.remove(dir, { recursive: true }),
    check: "account",
    verdict: "fail",
    found: /^no account in .*\.codaze$/,
    cure: /^sign in with codaze login .*, or codaze import FILE$/,
    code: 1,
  },
];

for (const trouble of TROUBLES) {
  const { what, check, verdict, found, cure, code } = trouble;
  Deno.test(`codaze doctor finds ${what} and says what to do`, async () => {
    await using machine = await Machine.start();
    const called = await trouble.break(machine) ?? {};
    await using stack = new AsyncDisposableStack();
    stack.defer(async () => await called[Symbol.asyncDispose]?.());

    const report = await machine.doctor(called);
    const wrong = report.findings.filter((finding) =>
      finding.check === check && finding.verdict !== "ok"
    );
    assertEquals(wrong.length, 1, JSON.stringify(report.findings, null, 2));
    assertEquals(wrong[0]?.verdict, verdict);
    assertMatch(wrong[0]?.found ?? "", found);
    assertMatch(wrong[0]?.cure ?? "", cure);
    assertEquals(report.code, code);
    const fails = report.findings.filter((one) => one.verdict === "fail");
    const checks = new Set(fails.map((finding) => finding.check));
    checks.delete(check);
    // Through one proxy neither host is reached.
    checks.delete("auth server");
    assertEquals([...checks], [], "other failures");
    assert(!JSON.stringify(report.findings).includes("hunter2"));
    assertEquals(machine.simulator.violations, []);
  });
}

Deno.test("codaze doctor shows a cure on a line of its own", async () => {
  await using machine = await Machine.start();
  await Deno.remove(machine.dir, { recursive: true });
  const { code, stdout } = await machine.run(["doctor", ...machine.flags]);
  assertEquals(code, 1);
  assertMatch(stdout, /^fail +account +no account in .*\n +→ sign in with/m);
  assertMatch(stdout, /\n\n1 failed, 1 warning, \d+ ok\n$/);
  // Nothing was made that a look does not need.
  assertEquals(await names(machine.home), [".codex"]);
});

Deno.test("codaze doctor exits with 2 for what it cannot make out", async () => {
  await using machine = await Machine.start();
  for (
    const [args, says] of [
      [["--colour"], 'Cannot use "--colour"'],
      [["--listen=0.0.0.0:1"], "loopback"],
      [["now"], 'Cannot use "now"'],
      [["--json=yes"], "expected no value"],
    ] as const
  ) {
    const { code, stdout, stderr } = await machine.run(["doctor", ...args]);
    assertEquals([code, stdout], [2, ""]);
    assertStringIncludes(stderr, says);
  }
});

Deno.test("codaze doctor goes on where a variable cannot be used", async () => {
  await using machine = await Machine.start();
  const report = await machine.doctor({
    env: { CODAZE_LOG_LEVEL: "loud", DENO_SERVE_ADDRESS: "tcp:0.0.0.0:1" },
  });
  const wrong = report.findings.filter(({ check }) =>
    check === "configuration"
  );
  assertEquals(wrong.map(({ verdict }) => verdict), ["fail", "fail"]);
  assertStringIncludes(
    wrong[0]?.found ?? "",
    'Cannot use CODAZE_LOG_LEVEL "loud": expected',
  );
  assertEquals(wrong[0]?.cure, "correct or unset CODAZE_LOG_LEVEL");
  assertEquals(wrong[1]?.cure, "correct or unset DENO_SERVE_ADDRESS");
  assertEquals(report.code, 1);
  assertEquals(only(report, "upstream").verdict, "ok");
});

Deno.test("codaze doctor says so where no home folder is known", async () => {
  await using machine = await Machine.start();
  const report = await machine.doctor({ env: { HOME: "", USERPROFILE: "" } });
  assertEquals(report.code, 1);
  assertStringIncludes(only(report, "configuration").found, "--accounts-dir");
});

async function names(dir: string): Promise<string[]> {
  const entries = await Array.fromAsync(Deno.readDir(dir));
  return entries.map(({ name }) => name).sort();
}

/** Another program on this address. */
function listener(address: string): Called {
  const [hostname = "", port] = address.split(":");
  const server = Deno.serve(
    { hostname, port: Number(port), onListen() {} },
    () => new Response("hello"),
  );
  return { [Symbol.asyncDispose]: () => server.shutdown() };
}

/** Both hosts, with another time than ours. */
function hostsWithTime(aheadMs: number): Called {
  const server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen() {} },
    () => {
      const date = new Date(Date.now() + aheadMs).toUTCString();
      return new Response(null, { status: 401, headers: { date } });
    },
  );
  const origin = `http://127.0.0.1:${server.addr.port}`;
  return {
    args: [`--upstream=${origin}/backend-api/codex`, `--auth-issuer=${origin}`],
    [Symbol.asyncDispose]: () => server.shutdown(),
  };
}
