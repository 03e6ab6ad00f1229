/** What `codaze doctor` looks at besides the ten usual troubles. */
import {
  assert,
  assertEquals,
  assertMatch,
  assertStringIncludes,
} from "@std/assert";
import { stripAnsiCode } from "@std/fmt";
import { dirname } from "@std/path";
import { noteSpent } from "../../lib/accounts/refresh/spent.ts";
import { tokenHash } from "../../lib/accounts/files/digest.ts";
import { journalPath } from "../../lib/accounts/refresh/journal.ts";
import { checkClock } from "../../lib/cli/doctor/clock.ts";
import { voiceOf } from "../../lib/cli/doctor/finding.ts";
import { reportJson, reportText } from "../../lib/cli/doctor/report.ts";
import { unsignedToken } from "../../lib/simulator/accounts/tokens.ts";
import { spentForAnHour } from "../support/faults.ts";
import { connectProxy } from "../support/proxies.ts";
import { Machine, only } from "./doctor_support.ts";

Deno.test("codaze doctor tells of a folder and a file that others can read", async () => {
  if (Deno.build.os === "windows") return;
  await using machine = await Machine.start();
  await Deno.chmod(machine.dir, 0o755);
  await Deno.chmod(machine.path(".codaze/main.json"), 0o644);
  const report = await machine.doctor();
  assertEquals(report.code, 0);
  assertMatch(only(report, "accounts dir").found, /mode 755/);
  assertMatch(only(report, "accounts dir").cure ?? "", /^chmod 700 \/\S+$/);
  assertMatch(only(report, "account").found, /^main\.json: .*\(mode 644\)$/);
  assertMatch(only(report, "account").cure ?? "", /^chmod 600 \/\S+\.json$/);
});

for (
  const [agoMs, serving, other] of [
    [3_600_000, "ada", "twin"],
    // The gateway uses the latest tokens.
    [-60_000, "twin", "ada"],
  ] as const
) {
  Deno.test(`codaze doctor tells of two accounts of one person, of which ${serving} is used`, async () => {
    await using machine = await Machine.start();
    const { identity } = await machine.addAccount("ada");
    const now = Date.now();
    const times = { issuedAt: now - agoMs, expiresAt: now + 3_600_000 };
    await machine.save(
      ".codaze/twin.json",
      JSON.stringify({
        refresh_token: "rt_twin",
        access_token: unsignedToken(identity, { ...times, serial: 0 }),
      }),
    );
    const report = await machine.doctor();
    const { verdict, found } = only(report, "duplicate");
    assertEquals([report.code, verdict], [0, "warn"]);
    assertStringIncludes(
      found,
      `${other}.json is the same person and workspace as ${serving}.json`,
    );
  });
}

Deno.test("codaze doctor is silent of a sign-in that was renewed, or was a copy", async () => {
  await using machine = await Machine.start();
  const ada = await machine.addAccount("ada");
  const { refreshToken, accessToken } = ada.signInTokens();
  const trashed = (reason: string) =>
    JSON.stringify({
      refresh_token: refreshToken,
      access_token: accessToken,
      codaze_reason: reason,
      codaze_trashed_at: "2026-11-01T00:00:00.000Z",
    });
  await Deno.mkdir(machine.path(".codaze/trash"), { mode: 0o700 });
  await machine.save(".codaze/trash/old.json", trashed("it is dead"));
  const copy = trashed("duplicate of ada.json");
  await machine.save(".codaze/trash/copy.json", copy);
  const renewed = await machine.doctor();
  const said = ({ check }: { check: string }) => check === "signed out";
  assertEquals(renewed.findings.filter(said), []);

  await Deno.remove(machine.path(".codaze/ada.json"));
  const gone = await machine.doctor();
  assertEquals(
    only(gone, "signed out").found,
    "old.json was given up on 2026-11-01: it is dead",
  );
});

Deno.test("codaze doctor tells an API key from a refresh token", async () => {
  await using machine = await Machine.start();
  const key = "sk-proj-0123456789abcdef";
  await machine.save(".codaze/key.json", `{"refresh_token":"${key}"}`);
  const report = await machine.doctor();
  const [wrong] = report.findings.filter(({ verdict }) => verdict === "fail");
  assertEquals([report.code, wrong?.check], [1, "account"]);
  assertMatch(wrong?.found ?? "", /^key\.json: .* holds an API key/);
  assert(!JSON.stringify(report).includes(key));
});

Deno.test("codaze doctor names the account whose refresh was interrupted", async () => {
  await using machine = await Machine.start();
  const account = await machine.addAccount("ada");
  const token = account.currentRefreshToken();
  const path = journalPath(machine.dir, tokenHash(token));
  await Deno.mkdir(dirname(path), { mode: 0o700 });
  const intent = '{"token_sha256":"x","tries":1}\n';

  await Deno.writeTextFile(path, intent);
  const now = await machine.doctor();
  assertMatch(only(now, "refresh").found, /^ada: one is under way/);
  assertEquals(only(now, "refresh").verdict, "ok");

  const hourAgo = new Date(Date.now() - 3_600_000);
  await Deno.utime(path, hourAgo, hourAgo);
  const later = await machine.doctor();
  assertEquals([later.code, only(later, "refresh").verdict], [0, "warn"]);
  assertMatch(only(later, "refresh").found, /^ada: one was interrupted/);
  assertMatch(
    only(later, "refresh").cure ?? "",
    /^codaze accounts refresh 'ada' will tell/,
  );

  await Deno.writeTextFile(path, `${intent}{"refresh_token":"${token}"}\n`);
  await Deno.utime(path, hourAgo, hourAgo);
  const granted = await machine.doctor();
  assertMatch(only(granted, "refresh").found, /^ada: new tokens wait/);
});

Deno.test("codaze doctor names the file whose token was used before", async () => {
  await using machine = await Machine.start();
  const account = await machine.addAccount("ada");
  const hash = tokenHash(account.currentRefreshToken());
  assert((await noteSpent(journalPath(machine.dir, hash))).ok);
  const report = await machine.doctor();
  assertEquals([report.code, only(report, "refresh").verdict], [1, "fail"]);
  assertMatch(only(report, "refresh").found, /^ada: .* was used before/);
});

Deno.test("codaze doctor tells a copy of Codex's sign-in from a link to it", async () => {
  await using machine = await Machine.start();
  const account = machine.simulator.addAccount({ name: "ada" });
  const auth = JSON.stringify({
    tokens: {
      refresh_token: account.currentRefreshToken(),
      access_token: account.issueAccessToken(),
    },
  });
  await machine.save(".codex/auth.json", auth);
  const own = await machine.doctor();
  assertMatch(only(own, "Codex sign-in").found, /^none of the accounts/);

  await machine.save(".codaze/codex.json", auth);
  const copied = await machine.doctor();
  const { verdict, found, cure } = only(copied, "Codex sign-in");
  assertEquals([copied.code, verdict], [0, "warn"]);
  assertMatch(found, /^codex\.json is a copy of .*\.codex\/auth\.json: /);
  assertMatch(cure ?? "", /^link it: ln -sf .*auth\.json .*codex\.json; or/);

  await Deno.remove(machine.path(".codaze/codex.json"));
  await Deno.symlink(
    machine.path(".codex/auth.json"),
    machine.path(".codaze/codex.json"),
  );
  const linked = await machine.doctor();
  assertMatch(only(linked, "Codex sign-in").found, /is linked to it/);

  await Deno.remove(machine.path(".codaze/codex.json"));
  await machine.addAccount("new", {
    codaze_previous: [tokenHash(account.currentRefreshToken())],
  });
  const spent = await machine.doctor();
  assertMatch(only(spent, "Codex sign-in").found, /new\.json has replaced/);
});

Deno.test("codaze doctor tells how the running gateway's accounts are", async () => {
  await using machine = await Machine.start();
  const ada = await machine.addAccount("ada");
  const main = machine.simulator.accounts[0];
  await using _gateway = await machine.serve(["--routing-policy=fill_first"]);
  const fault = spentForAnHour();

  ada.fault(fault);
  await turn(machine);
  const some = await machine.doctor();
  assertEquals([some.code, only(some, "gateway").verdict], [0, "warn"]);
  assertMatch(
    only(some, "gateway").found,
    /^2 accounts; ada: quota exhausted, until 20.*Z$/,
  );

  main?.fault(fault);
  await turn(machine);
  const none = await machine.doctor();
  assertEquals([none.code, only(none, "gateway").verdict], [1, "fail"]);
  assertMatch(only(none, "gateway").cure ?? "", /codaze accounts wake --all/);
});

Deno.test("codaze doctor tells a gateway that serves another folder", async () => {
  await using machine = await Machine.start();
  await using _gateway = await machine.serve();
  const other = machine.path("other");
  await Deno.mkdir(other, { mode: 0o700 });
  await Deno.copyFile(machine.path(".codaze/main.json"), `${other}/main.json`);
  const report = await machine.doctor({ args: [`--accounts-dir=${other}`] });
  const wrong = report.findings.filter(({ verdict }) => verdict === "fail");
  assertEquals([report.code, wrong.map(({ check }) => check)], [1, [
    "gateway",
  ]]);
  assertMatch(wrong[0]?.found ?? "", /serves .*\.codaze, not .*other$/);
});

Deno.test("codaze doctor tells of tokens that are not saved, and of an old gateway", async () => {
  await using machine = await Machine.start();
  const [hostname = "", port] = machine.adminListen.split(":");
  const answers: Readonly<Record<string, unknown>> = {
    "/admin/accounts": {
      accounts: [{ id: "a", routing_state: "ready", persist_pending: true }],
      invalid_files: [],
      accounts_dir: machine.dir,
    },
    "/admin/status": { version: "0.0.1" },
  };
  await using _server = Deno.serve(
    { hostname, port: Number(port), onListen() {} },
    ({ url }) => Response.json(answers[new URL(url).pathname]),
  );
  const report = await machine.doctor();
  const [version, state] = report.findings.filter(({ check }) =>
    check === "gateway"
  );
  assertMatch(version?.found ?? "", /^version 0\.0\.1 is running, and this is/);
  assertEquals([version?.verdict, state?.verdict], ["warn", "fail"]);
  assertEquals(state?.found, "1 account; a: its new tokens are not saved");
  assertMatch(
    state?.cure ?? "",
    /^make room on the disk, .*before the gateway/,
  );
  assertEquals(report.code, 1);
});

Deno.test("codaze doctor tells what a gateway finds wrong with its own process", async () => {
  await using machine = await Machine.start();
  const [hostname = "", port] = machine.adminListen.split(":");
  const answers: Readonly<Record<string, unknown>> = {
    "/admin/accounts": {
      accounts: [{ id: "a", routing_state: "ready" }],
      invalid_files: [],
      accounts_dir: machine.dir,
    },
    "/admin/status": {
      health: {
        ok: false,
        problems: [
          "descriptors are running out\x1b[2J",
          "nobody listens on the public port",
          "2000 MiB of memory are in use, 1536 are expected at most",
          "what a later version finds",
        ],
        problem_kinds: ["descriptors", "port", "memory", "constructor"],
        ports: { public: { listening: true, losses: 3 } },
        longest_stall_ms: 75_000,
        uncaught: 2,
      },
    },
  };
  await using _server = Deno.serve(
    { hostname, port: Number(port), onListen() {} },
    ({ url }) => Response.json(answers[new URL(url).pathname]),
  );
  const { findings } = await machine.doctor();
  const told = findings.filter(({ check }) => check === "gateway");
  assertEquals(told.map(({ verdict, found }) => `${verdict} ${found}`), [
    "fail descriptors are running out\\u{1b}[2J",
    "fail nobody listens on the public port",
    "fail 2000 MiB of memory are in use, 1536 are expected at most",
    "fail what a later version finds",
    "warn its public port was taken from it by the system, 3 times",
    "warn its event loop stood still for 75.0 s",
    "warn 2 bugs that nobody caught",
    "ok 1 account, all can serve",
  ]);
  assertEquals(told.slice(0, 4).map(({ cure }) => cure), [
    "raise the limit of descriptors (ulimit -n), or see what opens so many connections",
    "it tries again by itself, and ends after a minute; start it again then",
    "restart it once its turns have ended",
    "its log tells more",
  ]);
});

Deno.test("codaze doctor tells of a proxy that wants a password", async () => {
  await using machine = await Machine.start();
  const { port } = new URL(machine.simulator.origin);
  await using proxy = connectProxy({
    target: Number(port),
    refusal: "HTTP/1.1 407 Proxy Authentication Required\r\n" +
      "content-length: 0\r\nconnection: close\r\n",
  });
  const shown = `http://127.0.0.1:${proxy.port}`;
  const report = await machine.doctor({ env: { ALL_PROXY: shown } });
  assertMatch(
    only(report, "proxy").found,
    new RegExp(`^${shown} \\(ALL_PROXY\\) to 127\\.0\\.0\\.1:${port}$`),
  );
  const { verdict, found, cure } = only(report, "upstream");
  assertEquals([report.code, verdict], [1, "fail"]);
  assertMatch(found, /the proxy wants a password, through .* \(ALL_PROXY\)$/);
  assertMatch(cure ?? "", /^put user and password into ALL_PROXY: /);
});

Deno.test("a root that is no certificate is told, by codaze and its doctor", async () => {
  await using machine = await Machine.start();
  const env = { SSL_CERT_FILE: machine.path("root.pem") };
  const pem = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
  await machine.save("root.pem", pem);
  const served = await machine.run(machine.flags, env);
  assertEquals(served.code, 2);
  assertMatch(served.stderr, /^codaze: Cannot use SSL_CERT_FILE ".*": .*\n$/);

  const broken = await machine.doctor({ env });
  const { verdict, found } = only(broken, "extra roots");
  assertEquals([broken.code, verdict], [1, "fail"]);
  assertStringIncludes(found, "Cannot use SSL_CERT_FILE");
  // The gateway would not start, so nobody is asked.
  const asked = broken.findings.map(({ check }) => check);
  assert(!asked.includes("upstream"));

  await machine.save("root.pem", "nothing\n");
  const empty = await machine.doctor({ env });
  assertEquals(empty.code, 0);
  assertMatch(only(empty, "extra roots").found, /has no certificate in it$/);
});

const CLOCKS: ReadonlyArray<readonly [aheadMs: number, found: string]> = [
  [900, "ok agrees with the hosts, within 1 s"],
  [-60_000, "ok agrees with the hosts, within 60 s"],
  [90_000, "warn 2 minutes ahead of the hosts"],
  [-3 * 3_600_000, "warn 3 hours behind the hosts"],
  [-86_399_000, "fail 1 day behind the hosts"],
  [5 * 86_400_000, "fail 5 days ahead of the hosts"],
];

for (const [aheadMs, expected] of CLOCKS) {
  Deno.test(`checkClock() says "${expected}" to ${aheadMs} ms`, async () => {
    const finding = voiceOf("upstream").good("");
    const hosts = Promise.resolve([
      { finding, aheadMs: undefined },
      { finding, aheadMs },
    ]);
    const [said] = await checkClock({ hosts });
    assertEquals(`${said?.verdict} ${said?.found}`, expected);
  });
}

Deno.test("a report has no token in it and moves no cursor", () => {
  const token = `rt_${"x".repeat(40)}`;
  const findings = [
    voiceOf("a").fail(`one ${token}\nline\u001b[2J`, `cure ${token}`),
  ];
  const lines = stripAnsiCode(reportText(findings)).split("\n");
  assertEquals(
    lines.slice(0, 2).map((line) => line.trim()),
    [
      "fail  a  one [redacted] line\\u{1b}[2J",
      "→ cure [redacted]",
    ],
  );
  const { version, ok, failed, warned, findings: listed } = JSON.parse(
    reportJson(findings, { version: "codaze 1.2.3" }),
  );
  assertEquals([version, ok, failed, warned], ["codaze 1.2.3", false, 1, 0]);
  assertEquals(listed[0].found, "one [redacted] line\\u{1b}[2J");
});

/** A turn through the gateway of the machine. */
async function turn({ listen }: Machine): Promise<void> {
  const response = await fetch(`http://${listen}/v1/responses`, {
    method: "POST",
    headers: { "content-type": "application/json", originator: "codex_exec" },
    body: '{"model":"gpt-6.2-sol","stream":true,"input":[]}',
  });
  await response.text();
}
