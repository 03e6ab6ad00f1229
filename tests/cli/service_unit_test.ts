import denoJson from "../../deno.json" with { type: "json" };
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { MANAGERS } from "../../lib/cli/service/manager.ts";
import { isOfNpx, noManager } from "../../lib/cli/service/notes.ts";
import { proxiesIn } from "../../lib/cli/service/grants.ts";
import type { Plan } from "../../lib/cli/service/plan.ts";
import { fromTask, programOf } from "../../lib/cli/service/program.ts";
import { readStamp, stamp } from "../../lib/cli/service/stamp.ts";
import {
  argument,
  barePath,
  environmentLine,
  path,
  value,
} from "../../lib/cli/service/systemd_quote.ts";
import { isSecret } from "../../lib/cli/service/variables.ts";
import { planIn, WISH } from "../support/service.ts";

/** Where Deno is, and whether that is the cache of npx. */
const DENOS: ReadonlyArray<[string, boolean]> = [
  ["/home/me/.npm/_npx/7a40be787520bede/node_modules/deno/deno", true],
  [String.raw`C:\npm-cache\_npx\7a40be787520bede\node_modules\deno.exe`, true],
  ["/home/me/.deno/bin/deno", false],
];

for (const [deno, expected] of DENOS) {
  Deno.test(`${deno} ${expected ? "is" : "is not"} of a cache`, () => {
    const task = denoJson.tasks.start;
    assertEquals(isOfNpx(fromTask(task, { deno, main: "/m.ts" })), expected);
  });
}

interface Quoted {
  readonly argument: string;
  readonly value: string;
  /** Between the quotes of a line of an environment file. */
  readonly line: string;
}

/** Each was read back from a process that systemd had started. */
const QUOTED: ReadonlyArray<[string, Quoted]> = [
  ["plain", { argument: "plain", value: "plain", line: "plain" }],
  ["", { argument: '""', value: '""', line: "" }],
  ["a b", { argument: '"a b"', value: '"a b"', line: "a b" }],
  ['a"b', { argument: '"a\\"b"', value: '"a\\"b"', line: 'a\\"b' }],
  ["it's", { argument: '"it\'s"', value: '"it\'s"', line: "it's" }],
  ["end\\", { argument: '"end\\\\"', value: '"end\\\\"', line: "end\\\\" }],
  ["\\n", { argument: '"\\\\n"', value: '"\\\\n"', line: "\\\\n" }],
  ["$HOME", { argument: '"$$HOME"', value: '"$HOME"', line: "\\$HOME" }],
  ["100%h", { argument: '"100%%h"', value: '"100%%h"', line: "100%h" }],
  [";", { argument: '";"', value: '";"', line: ";" }],
  ["[::1]:5", { argument: '"[::1]:5"', value: '"[::1]:5"', line: "[::1]:5" }],
  ["`id`", { argument: '"`id`"', value: '"`id`"', line: "\\`id\\`" }],
  ["é😀", { argument: '"é😀"', value: '"é😀"', line: "é😀" }],
];

for (const [text, expected] of QUOTED) {
  Deno.test(`${JSON.stringify(text)} is quoted for systemd`, () => {
    assertEquals(argument(text), expected.argument);
    assertEquals(value(text), expected.value);
    assertEquals(environmentLine("X", text), `X="${expected.line}"`);
  });
}

const PATHS: ReadonlyArray<[string, string, string]> = [
  ["/home/me/x", "%h/x", "%h/x"],
  ["/home/me/a b%", '"%h/a b%%"', "%h/a b%%"],
  ["/home/mean/x", "/home/mean/x", "/home/mean/x"],
  ["/home/me", "/home/me", "/home/me"],
  ["/srv/%h/$x", '"/srv/%%h/$x"', "/srv/%%h/$x"],
];

for (const [text, word, bare] of PATHS) {
  Deno.test(`the path ${text} is written as ${bare}`, () => {
    assertEquals(path(text, "/home/me"), word);
    assertEquals(barePath(text, "/home/me"), bare);
  });
}

Deno.test("the unit holds arguments, variables and folders, quoted", () => {
  const plan = {
    ...planIn("/home/me", {
      flags: ["--accounts-dir=/srv/my $ accounts"],
      environment: { CODAZE_LISTEN: "[::1]:5" },
      secrets: { HTTPS_PROXY: "http://me:pass@p:1" },
    }),
    accountsDir: "/srv/my $ accounts",
    linked: ["/home/me/.codex"],
  };
  const { text } = MANAGERS.systemd.unit(plan, []);
  const lines = text.split("\n");
  for (
    const line of [
      'ExecStart=/usr/bin/codaze serve "--accounts-dir=/srv/my $$ accounts"',
      'Environment="CODAZE_LISTEN=[::1]:5"',
      "EnvironmentFile=%h/.config/systemd/user/codaze.env",
      'ReadWritePaths="-/srv/my $ accounts" -%h/.codex',
      "TimeoutStopSec=20s",
    ]
  ) {
    assert(lines.includes(line), `${line} is not in ${text}`);
  }
  assert(!/me:pass|HTTPS_PROXY=/.test(text), text);
  const hidden = MANAGERS.systemd.secrets(plan);
  assertStringIncludes(
    hidden?.text ?? "",
    '\nHTTPS_PROXY="http://me:pass@p:1"\n',
  );
  assertEquals(hidden?.mode, 0o600);
});

/** The plan of a checkout, which Deno runs. */
function scripted(home: string, more: Partial<Plan> = {}): Plan {
  const task = "X=1 deno run --no-prompt --allow-net=a --allow-env=HOME " +
    "--allow-read --allow-write main.ts";
  return {
    ...planIn(home),
    program: fromTask(task, { deno: "/bin/deno", main: "/src/main.ts" }),
    ...more,
  };
}

function lineOf(plan: Plan, name: string): string | undefined {
  const { text } = MANAGERS.systemd.unit(plan, []);
  return text.split("\n").find((line) => line.startsWith(`${name}=`));
}

Deno.test("the command of a checkout may use its ports and folders only", () => {
  const plan = scripted("/home/me", {
    wish: { ...WISH, proxies: ["p.example:3128"], roots: ["/etc/my roots"] },
    linked: ["/home/me/.codex"],
    hosts: ["127.0.0.1:1", "[::1]:2", "chatgpt.com:443"],
  });
  assertEquals(
    lineOf(plan, "ExecStart"),
    "ExecStart=/bin/deno run --no-prompt " +
      '"--allow-net=127.0.0.1:1,[::1]:2,chatgpt.com:443,p.example:3128,' +
      'unix:%t/systemd/notify,unix:%t/codaze/watchdog.sock" ' +
      "--allow-env=HOME,NOTIFY_SOCKET,RUNTIME_DIRECTORY " +
      '"--allow-read=/home/me/.codaze,/home/me/.codex,/etc/my roots,' +
      '%t/systemd/notify,%t/codaze" ' +
      '"--allow-write=/home/me/.codaze,/home/me/.codex,' +
      '%t/systemd/notify,%t/codaze" ' +
      "--unstable-net /src/main.ts serve",
  );
  assertEquals(lineOf(plan, "NotifyAccess"), "NotifyAccess=main");
  assertEquals(lineOf(plan, "TemporaryFileSystem"), undefined);
  const agent = MANAGERS.launchd.unit(plan, []).text;
  for (
    const word of [
      "--allow-net=127.0.0.1:1,[::1]:2,chatgpt.com:443,p.example:3128",
      "--allow-read=/home/me/.codaze,/home/me/.codex,/etc/my roots",
      "--allow-write=/home/me/.codaze,/home/me/.codex",
    ]
  ) assertStringIncludes(agent, `<string>${word}</string>`);
});

Deno.test("a folder with a comma cannot be listed, and is not cut at it", () => {
  const plan = scripted("/home/me", { accountsDir: "/srv/a,b" });
  const command = lineOf(plan, "ExecStart") ?? "";
  assertStringIncludes(command, " --allow-read --allow-write ");
});

Deno.test("an executable sees nothing of the home folder but what it needs", () => {
  const plan = {
    ...planIn("/home/me", { roots: ["/home/me/roots.pem", "/etc/roots.pem"] }),
    linked: ["/home/me/.codex"],
    program: programOf("/home/me/bin/codaze"),
  };
  const lines = ["TemporaryFileSystem", "BindReadOnlyPaths", "BindPaths"]
    .map((name) => lineOf(plan, name));
  assertEquals(lines, [
    "TemporaryFileSystem=%h:ro",
    "BindReadOnlyPaths=-%h/bin/codaze -%h/roots.pem",
    "BindPaths=-%h/.codaze -%h/.codex",
  ]);
  assertEquals(lineOf(plan, "NotifyAccess"), undefined);
});

Deno.test("a path that BindPaths= would cut leaves the home folder in sight", () => {
  for (const folder of ["/home/me/my accounts", "/srv/a:b"]) {
    const plan = { ...planIn("/home/me"), accountsDir: folder };
    assertEquals(lineOf(plan, "ProtectHome"), "ProtectHome=read-only");
    assertEquals(lineOf(plan, "TemporaryFileSystem"), undefined);
  }
});

Deno.test("the unit hides keys, but none that the service has to do with", () => {
  const all = lineOf(planIn("/home/me"), "InaccessiblePaths") ?? "";
  for (const name of [".ssh", ".gnupg", ".aws"]) {
    assertStringIncludes(all, `-%h/${name}`);
  }
  const odd = { ...planIn("/home/me"), accountsDir: "/home/me/.aws/codaze" };
  const rest = lineOf(odd, "InaccessiblePaths") ?? "";
  assertEquals([rest.includes(".aws"), rest.includes("-%h/.ssh")], [
    false,
    true,
  ]);
});

Deno.test("the unit bounds memory and files, and dumps no core", () => {
  for (const plan of [planIn("/home/me"), scripted("/home/me")]) {
    for (
      const [name, value] of Object.entries({
        LimitCORE: "0",
        LimitNOFILE: "65536",
        MemoryMax: "2048M",
      })
    ) assertEquals(lineOf(plan, name), `${name}=${value}`);
  }
});

Deno.test("what leads out of the unit's folders and ports is not inherited", () => {
  const given = planIn("/home/me", {
    environment: { CODAZE_LISTEN: "127.0.0.1:1" },
  });
  assertEquals(
    lineOf(given, "UnsetEnvironment"),
    "UnsetEnvironment=CODAZE_ADMIN_LISTEN CODAZE_ACCOUNTS_DIR " +
      "CODAZE_UPSTREAM CODAZE_AUTH_ISSUER",
  );
});

const REACH: ReadonlyArray<[Record<string, string>, readonly string[]]> = [
  [{}, []],
  [{ HTTPS_PROXY: "http://me:hush@p.example:3128" }, ["p.example:3128"]],
  [{ all_proxy: "socks5://p.example" }, ["p.example:1080"]],
  [{ HTTP_PROXY: "p.example", HTTPS_PROXY: "p.example" }, ["p.example:80"]],
  [{ HTTPS_PROXY: "https://[::1]" }, ["[::1]:443"]],
  [{ NO_PROXY: "example.com" }, []],
];

for (const [variables, expected] of REACH) {
  Deno.test(`${JSON.stringify(variables)} lets websockets to [${expected}]`, () => {
    assertEquals(proxiesIn((name) => variables[name]), expected);
  });
}

Deno.test("the property list escapes what XML gives a meaning", () => {
  const plan = planIn("/Users/a&b", {
    flags: ["--x=<a> & 'b' \"c\""],
    environment: { CODAZE_LISTEN: "<&>" },
  });
  const { text, mode } = MANAGERS.launchd.unit(plan, []);
  for (
    const line of [
      "<string>--x=&lt;a&gt; &amp; 'b' \"c\"</string>",
      "<string>&lt;&amp;&gt;</string>",
      "<string>/Users/a&amp;b/Library/Logs/codaze.log</string>",
    ]
  ) {
    assertStringIncludes(text, line);
  }
  assertEquals(mode, 0o644);
});

Deno.test("two dashes do not end the comment of a property list", () => {
  const plan = planIn("/Users/me", { flags: ["--listen=x", "----->"] });
  const { text } = MANAGERS.launchd.unit(plan, []);
  const comments = [...text.matchAll(/<!--([^]*?)-->/g)];
  assertEquals(comments.length, 2);
  for (const [, inside = ""] of comments) assert(!inside.includes("--"));
  const read = readStamp(text);
  assert(read.kind === "made");
  assertEquals(read.record["flags"], ["--listen=x", "----->"]);
});

Deno.test("a property list with credentials is its owner's alone", () => {
  const plan = planIn("/Users/me", { secrets: { KEY: "v" } });
  const { text, mode } = MANAGERS.launchd.unit(plan, []);
  assertEquals(mode, 0o600);
  assertStringIncludes(text, "<key>KEY</key>");
});

Deno.test("readStamp() knows what was made, edited, or neither", () => {
  const text = stamp({ a: "b" }, (comment) => `# ${comment}\nline\n`);
  const record = { a: "b" };
  assertEquals(readStamp(text), { kind: "made", record, edited: false });
  for (const other of [`${text}more\n`, text.replace("line", "lime")]) {
    assertEquals(readStamp(other), { kind: "made", record, edited: true });
  }
  const forged = text.replace('"b"', '"c"');
  assertEquals(readStamp(forged), {
    kind: "made",
    record: { a: "c" },
    edited: true,
  });
  for (const foreign of ["", "line\n", "# codaze-service 12 {}\n"]) {
    assertEquals(readStamp(foreign), { kind: "foreign" });
  }
});

const SECRETS: ReadonlyArray<[string, string, boolean]> = [
  ["HTTPS_PROXY", "http://proxy.example:3128", false],
  ["https_proxy", "proxy.example:3128", false],
  ["HTTPS_PROXY", "http://me:pass@proxy.example:3128", true],
  ["ALL_PROXY", "socks5://me@proxy.example:1080", true],
  ["all_proxy", "me:pass@proxy.example", true],
  ["NO_PROXY", "example.com", false],
  ["CODAZE_LISTEN", "127.0.0.1:1", false],
  ["SSL_CERT_FILE", "/etc/roots.pem", false],
  ["OTEL_EXPORTER_OTLP_HEADERS", "authorization=x", true],
];

for (const [name, text, secret] of SECRETS) {
  Deno.test(`${name}=${text} is ${secret ? "hidden" : "shown"}`, () => {
    assertEquals(isSecret(name, text), secret);
  });
}

Deno.test("fromTask() makes a task of deno.json independent of its folder", () => {
  const task = "A=b=c deno run --no-prompt --allow-net=x main.ts";
  assertEquals(fromTask(task, { deno: "/bin/deno", main: "/src/main.ts" }), {
    path: "/src/main.ts",
    kind: "script",
    words: [
      "/bin/deno",
      "run",
      "--no-prompt",
      "--allow-net=x",
      "/src/main.ts",
    ],
    environment: { A: "b=c" },
  });
});

Deno.test("noManager() says what to do on Windows", () => {
  assertStringIncludes(noManager("windows"), "schtasks /Create");
  assertStringIncludes(noManager("freebsd"), "codaze serve");
});

Deno.test("the same wish makes the same unit", () => {
  const plan = planIn("/home/me", { ...WISH, flags: ["--listen=127.0.0.1:1"] });
  for (const manager of Object.values(MANAGERS)) {
    assertEquals(manager.unit(plan, []), manager.unit(plan, []));
  }
});
