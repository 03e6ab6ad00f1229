import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { MANAGERS } from "../../lib/cli/service/manager.ts";
import { noManager } from "../../lib/cli/service/notes.ts";
import { fromTask } from "../../lib/cli/service/program.ts";
import { readStamp, stamp } from "../../lib/cli/service/stamp.ts";
import {
  argument,
  barePath,
  environmentLine,
  path,
  value,
} from "../../lib/cli/service/systemd_quote.ts";
import { isSecret } from "../../lib/cli/service/variables.ts";
import { planIn, WISH } from "./service_support.ts";

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
  assert(!text.includes("pass"), text);
  const hidden = MANAGERS.systemd.secrets(plan);
  assertStringIncludes(
    hidden?.text ?? "",
    '\nHTTPS_PROXY="http://me:pass@p:1"\n',
  );
  assertEquals(hidden?.mode, 0o600);
});

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
