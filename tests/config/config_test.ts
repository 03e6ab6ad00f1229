import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import {
  type Config,
  findConfig,
  readConfig,
} from "../../lib/config/config.ts";
import { FLAGS } from "../../lib/config/flags.ts";

type Values = Readonly<Record<string, string>>;

function read(args: readonly string[], env: Values = {}) {
  const all: Values = { HOME: "/home/me", ...env };
  return readConfig(args, (name) => all[name]);
}

function good(args: readonly string[], env: Values = {}): Config {
  const config = read(args, env);
  if (!config.ok) throw new Error(config.error);
  return config.value;
}

function bad(args: readonly string[], env: Values = {}): string {
  const config = read(args, env);
  return config.ok ? "accepted" : config.error;
}

Deno.test("readConfig without flags gives the documented defaults", () => {
  const { upstream, authIssuer, ...plain } = good([]);
  assertEquals(upstream.href, "https://chatgpt.com/backend-api/codex");
  assertEquals(authIssuer.origin, "https://auth.openai.com");
  assertEquals(plain, {
    listen: { hostname: "127.0.0.1", port: 18039 },
    adminListen: { hostname: "127.0.0.1", port: 18040 },
    accountsDir: "/home/me/.codaze",
    listenGiven: false,
    adminListenGiven: false,
    accountsDirGiven: false,
    routingPolicy: "quota",
    fingerprintMode: "normalize",
    affinity: "session",
    requestForm: "auto",
    unavailable: "limits",
    codexVersion: "0.171.0",
    shutdownGraceMs: 10_000,
    maxBodyBytes: 67_108_864,
    allowedHosts: [],
    allowedOrigins: [],
    logFormat: "text",
    logLevel: "info",
  });
});

const LOOPBACK = "a loopback host and a port";
const UPSTREAM = "https://chatgpt.com, or http or https on loopback";
const ISSUER = "https://auth.openai.com, or http or https on loopback";

interface Row {
  readonly good: readonly (readonly [text: string, value: unknown])[];
  readonly bad: readonly string[];
  readonly expected: string;
}

const at = (hostname: string, port: number) => ({ hostname, port });

/** By the name of the flag. */
const ROWS: Readonly<Record<string, Row>> = {
  "listen": {
    good: [
      ["127.0.0.1:1", at("127.0.0.1", 1)],
      ["localhost:0", at("127.0.0.1", 0)],
      ["[::1]:65535", at("::1", 65535)],
    ],
    bad: [
      ...["", "18039", ":18039", "127.0.0.1", "127.0.0.1:", "127.0.0.1:x"],
      ...["0.0.0.0:1", "[::]:1", "192.168.0.1:1", "evil.example:1"],
      ...[
        "127.0.0.2:1",
        "::1:1",
        "127.0.0.1:-1",
        "127.0.0.1:1 ",
        "LOCALHOST:1",
      ],
      ...["127.0.0.1:123456", "127.0.0.1:1\n"],
    ],
    expected: LOOPBACK,
  },
  "admin-listen": {
    good: [["127.0.0.1:2", at("127.0.0.1", 2)]],
    bad: ["0.0.0.0:2", ""],
    expected: LOOPBACK,
  },
  "accounts-dir": {
    good: [["/x", "/x"], ["rel ative", "rel ative"]],
    bad: [""],
    expected: "a folder",
  },
  "routing-policy": {
    good: [["round_robin", "round_robin"], ["fill_first", "fill_first"]],
    bad: ["", "random", "Round_Robin", "constructor"],
    expected: "one of quota, least_in_flight, round_robin, fill_first",
  },
  "fingerprint-mode": {
    good: [["passthrough", "passthrough"]],
    bad: ["", "off"],
    expected: "one of normalize, passthrough",
  },
  "affinity": {
    good: [["none", "none"]],
    bad: ["", "account"],
    expected: "one of session, none",
  },
  "request-form": {
    good: [["plain", "plain"], ["lite", "lite"]],
    bad: ["", "both"],
    expected: "one of auto, plain, lite",
  },
  "unavailable": {
    good: [["overloaded", "overloaded"]],
    bad: ["", "503"],
    expected: "one of limits, overloaded",
  },
  "codex-version": {
    good: [["0.121.0", "0.121.0"], ["1.2.3-alpha.4", "1.2.3-alpha.4"]],
    bad: ["", "1", "1.2", "v1.2.3", "1.2.3 evil", "1.2.3\r\nx: y", "1.2.3-"],
    expected: "a version such as 0.171.0",
  },
  "shutdown-grace-period-seconds": {
    good: [["0", 0], ["86400", 86_400_000]],
    bad: ["", "-1", "1.5", "1e3", "86401", "999999", "ten", "0x10", " 1"],
    expected: "whole seconds from 0 to 86400",
  },
  "upstream": {
    good: [["http://[::1]:9/a", new URL("http://[::1]:9/a")]],
    bad: [
      ...["", "chatgpt.com", "https://", "ftp://chatgpt.com"],
      ...["http://chatgpt.com/x", "https://chatgpt.com:444/x"],
      ...["https://chatgpt.com.evil.example/x", "https://evil.example/x"],
      ...["https://xchatgpt.com", "https://sub.chatgpt.com/x"],
      ...["https://chatgpt.com./x", "https://auth.openai.com/x"],
      ...["http://127.0.0.1.nip.io/x", "http://[::ffff:127.0.0.1]/x"],
      ...["http://127.0.0.2/x", "http://0.0.0.0/x", "http://[::]/x"],
      ...["ws://127.0.0.1/x", "file:///etc/passwd"],
      ...["https://evil.example\\@chatgpt.com/x"],
    ],
    expected: UPSTREAM,
  },
  "auth-issuer": {
    good: [["http://127.0.0.1:9", new URL("http://127.0.0.1:9")]],
    bad: [
      ...["", "https://chatgpt.com", "http://auth.openai.com"],
      ...["https://auth.openai.com.evil.example", "https://openai.com"],
    ],
    expected: ISSUER,
  },
  "max-body-bytes": {
    good: [["1024", 1024], ["1073741824", 1_073_741_824]],
    bad: ["", "1023", "1073741825", "-1", "1e9", "64MB", "99999999999"],
    expected: "bytes from 1024 to 1073741824",
  },
  "allowed-host": {
    good: [["gw.example", ["gw.example"]], ["[fd00::1]:80", ["[fd00::1]:80"]]],
    bad: ["", "GW.example", "http://gw.example", "a/b", "a b", "a:x", "*"],
    expected: "a lower-case host, or host:port",
  },
  "allowed-origin": {
    good: [
      ["https://app.example", ["https://app.example"]],
      ["http://localhost:3000", ["http://localhost:3000"]],
      ["tauri://localhost", ["tauri://localhost"]],
    ],
    bad: [
      ...["", "null", "*", "app.example", "https://app.example/", "https://"],
      // Browsers write neither, so these would never match.
      ...["https://App.example", "https://app.example:443"],
      ...["https://me@app.example", "https://a.example https://b.example"],
    ],
    expected: "an origin such as https://example.com",
  },
  "log-format": {
    good: [["json", "json"]],
    bad: ["", "xml"],
    expected: "one of text, json",
  },
  "log-level": {
    good: [["debug", "debug"], ["error", "error"]],
    bad: ["", "trace", "INFO"],
    expected: "one of debug, info, warn, error",
  },
};

/** Where the value of a flag stands in the config. */
function valueOf(config: Config, flag: string): unknown {
  const keys: Readonly<Record<string, keyof Config>> = {
    "shutdown-grace-period-seconds": "shutdownGraceMs",
    "allowed-host": "allowedHosts",
    "allowed-origin": "allowedOrigins",
  };
  const camel = flag.replaceAll(/-(.)/g, (_, letter) => letter.toUpperCase());
  return new Map<string, unknown>(Object.entries(config)).get(
    keys[flag] ?? camel,
  );
}

/** As `--help` states it. */
const twinOf = (flag: string) =>
  `CODAZE_${flag.toUpperCase().replaceAll("-", "_")}`;

Deno.test("the rows of this test are the flags", () => {
  const names = Object.values(FLAGS).map(({ name }) => name);
  assertEquals(Object.keys(ROWS), names);
  const repeatable = Object.values(FLAGS).filter((flag) => flag.repeatable);
  assertEquals(repeatable, [FLAGS.allowedHosts, FLAGS.allowedOrigins]);
});

for (const { name, twin, default: text } of Object.values(FLAGS)) {
  Deno.test(`--${name} has the twin that its name says`, () => {
    assertEquals(twin, twinOf(name));
  });

  if (text === undefined || name === "accounts-dir") continue;
  Deno.test(`--${name} given with its default changes nothing`, () => {
    assertEquals(
      valueOf(good([`--${name}=${text}`]), name),
      valueOf(good([]), name),
    );
  });
}

for (const [flag, row] of Object.entries(ROWS)) {
  Deno.test(`--${flag} is read from the flag, both forms, and its twin`, () => {
    for (const [text, value] of row.good) {
      assertEquals(valueOf(good([`--${flag}=${text}`]), flag), value);
      assertEquals(valueOf(good([`--${flag}`, text]), flag), value);
      assertEquals(valueOf(good([], { [twinOf(flag)]: text }), flag), value);
      // The flag wins, however wrong its twin is.
      const both = good([`--${flag}=${text}`], { [twinOf(flag)]: "\0" });
      assertEquals(valueOf(both, flag), value);
    }
  });

  Deno.test(`--${flag} or its twin names itself, the value and what it expects`, () => {
    const twin = twinOf(flag);
    for (const text of row.bad) {
      const told = [[`--${flag}`, bad([`--${flag}=${text}`])]];
      // An empty variable is none.
      if (text !== "") told.push([twin, bad([], { [twin]: text })]);
      for (const [source, message = ""] of told) {
        assertStringIncludes(message, `Cannot use ${source} "${text}": `);
        assertStringIncludes(message, `expected ${row.expected}`);
      }
    }
  });

  Deno.test(`the twin of --${flag} counts as unset where it is empty`, () => {
    const config = good([], { [twinOf(flag)]: "" });
    assertEquals(config, good([]));
  });
}

for (const { name: flag, repeatable } of Object.values(FLAGS)) {
  if (repeatable) continue;
  Deno.test(`--${flag} given twice is refused`, () => {
    const message = bad([`--${flag}=a`, `--${flag}=b`]);
    assertEquals(message, `Cannot use --${flag} "a" and "b": expected it once`);
  });
}

Deno.test("--allowed-host repeats, and its twin takes a list", () => {
  const hosts = ["a.example", "b.example:1"];
  const args = hosts.map((host) => `--allowed-host=${host}`);
  assertEquals(good(args).allowedHosts, hosts);
  const env = { CODAZE_ALLOWED_HOST: "a.example, b.example:1" };
  assertEquals(good([], env).allowedHosts, hosts);
});

const UNKNOWN: ReadonlyArray<
  readonly [arg: string, name: string, hint: string]
> = [
  ["--nope", "--nope", "see codaze help flags"],
  ["--nope=1", "--nope", "see codaze help flags"],
  ["--log-levle=info", "--log-levle", "did you mean --log-level?"],
  ["--listen.x=1", "--listen.x", "did you mean --listen?"],
  ["--__proto__=1", "--__proto__", "see codaze help flags"],
];

for (const [arg, name, hint] of UNKNOWN) {
  Deno.test(`readConfig refuses ${arg}`, () => {
    assertEquals(
      bad([arg]),
      `Cannot use "${name}": there is no such flag; ${hint}`,
    );
  });
}

const STRAY: ReadonlyArray<readonly [args: readonly string[], word: string]> = [
  [["--listen", ""], ""],
  [["-x"], "-x"],
  [["word"], "word"],
  [["--listen=127.0.0.1:1", "word"], "word"],
  [["--", "word"], "word"],
];

for (const [args, word] of STRAY) {
  Deno.test(`readConfig refuses ${args.join(" ")}`, () => {
    assertEquals(
      bad(args),
      `Cannot use "${word}": expected a flag; see --help`,
    );
  });
}

const ALLOWED: ReadonlyArray<readonly [given: string, used: string]> = [
  ["https://chatgpt.com", "https://chatgpt.com/"],
  ["https://chatgpt.com:443/a/", "https://chatgpt.com/a"],
  ["https://CHATGPT.com/a//", "https://chatgpt.com/a"],
  ["http://127.0.0.1:9", "http://127.0.0.1:9/"],
  // One spelling of loopback is as good as another.
  ["http://0x7f.1:9/a", "http://127.0.0.1:9/a"],
  ["http://localhost:9/a", "http://127.0.0.1:9/a"],
  ["https://127.0.0.1:9/a", "https://127.0.0.1:9/a"],
  ["http://[::1]:9", "http://[::1]:9/"],
];

for (const [given, used] of ALLOWED) {
  Deno.test(`--upstream ${given} sends tokens to ${used}`, () => {
    assertEquals(good([`--upstream=${given}`]).upstream.href, used);
  });
}

for (const flag of ["--upstream", "--auth-issuer"]) {
  Deno.test(`${flag} https://localhost is refused, for it can never work`, () => {
    const message = bad([`${flag}=https://LOCALHOST:9/a`]);
    assertEquals(
      message,
      `Cannot use ${flag} "https://LOCALHOST:9/a": expected 127.0.0.1 or [::1] instead of localhost, because this program may reach addresses of this machine only, and with TLS the name cannot be replaced by one`,
    );
  });
}

const USERINFO = [
  "https://chatgpt.com@evil.example/x",
  "https://me:secret@chatgpt.com/x",
  "http://me:sec@ret@127.0.0.1/x",
];

for (const value of USERINFO) {
  Deno.test(`--upstream ${value} is refused without its user part`, () => {
    const message = bad([`--upstream=${value}`]);
    assertStringIncludes(message, "expected no user and no password in it");
    assert(!/secret|sec@ret|chatgpt\.com@/.test(message), message);
  });
}

const BEHIND_PATH: ReadonlyArray<readonly [value: string, shown: string]> = [
  ["https://chatgpt.com/x?key=secret", "https://chatgpt.com/x?…"],
  ["https://chatgpt.com/x?", "https://chatgpt.com/x?…"],
  ["https://chatgpt.com/x#secret?y", "https://chatgpt.com/x#…"],
  ["https://chatgpt.com/x#", "https://chatgpt.com/x#…"],
  ["http://127.0.0.1:9/x?y\nz", "http://127.0.0.1:9/x?…"],
];

for (const [value, shown] of BEHIND_PATH) {
  Deno.test(`--upstream ${value} is refused for what stands behind ${shown}`, () => {
    assertEquals(
      bad([`--upstream=${value}`]),
      `Cannot use --upstream "${shown}": expected no query and no fragment in it`,
    );
  });
}

Deno.test("the listeners must differ, in any spelling", () => {
  const message = bad(["--listen=localhost:9", "--admin-listen=127.0.0.1:9"]);
  assertStringIncludes(message, '--admin-listen "127.0.0.1:9"');
  assertStringIncludes(message, "another address than --listen");
  good(["--listen=127.0.0.1:0", "--admin-listen=127.0.0.1:0"]);
});

Deno.test("a command may call the default of the other listener", () => {
  const args = ["--admin-listen=127.0.0.1:18039"];
  const env = (name: string) => name === "HOME" ? "/home" : undefined;
  const read = readConfig(args, env, { listens: false });
  assert(read.ok, "listens: false");
  assertEquals(read.value.adminListen.port, 18039);
  assertStringIncludes(bad(args), "another address than --listen");
});

Deno.test("listeners of which a variable names one are told by it", () => {
  const env = { CODAZE_LISTEN: "127.0.0.1:18040" };
  assertEquals(
    bad([], env),
    'Cannot use --admin-listen "127.0.0.1:18040": expected another address than CODAZE_LISTEN',
  );
});

const FAULTS: ReadonlyArray<
  readonly [args: readonly string[], Values, variable: string | undefined]
> = [
  [[], { CODAZE_LOG_LEVEL: "loud" }, "CODAZE_LOG_LEVEL"],
  [[], { CODAZE_ACCOUNTS_DIR: "~bob/x" }, "CODAZE_ACCOUNTS_DIR"],
  [[], { CODAZE_LISTEN: "127.0.0.1:18040" }, "CODAZE_LISTEN"],
  [[], { DENO_SERVE_ADDRESS: "tcp:0.0.0.0:1" }, "DENO_SERVE_ADDRESS"],
  [["--log-level=loud"], { CODAZE_LOG_LEVEL: "debug" }, undefined],
  [["--listen=127.0.0.1:18040"], {}, undefined],
  [[], { OTEL_DENO: "true" }, undefined],
  [[], { HOME: "" }, undefined],
];

for (const [args, env, variable] of FAULTS) {
  const what = JSON.stringify([args, env]);
  Deno.test(`findConfig() of ${what} lays it to ${variable}`, () => {
    const all: Values = { HOME: "/home/me", ...env };
    const found = findConfig(args, (name) => all[name]);
    assert(!found.ok);
    assertEquals(found.error.variable, variable);
  });
}

Deno.test("OTEL_DENO needs requests to upstream as they are", () => {
  for (const propagators of [undefined, "", "tracecontext", "baggage"]) {
    for (const on of ["true", "TRUE"]) {
      const env = propagators === undefined
        ? { OTEL_DENO: on }
        : { OTEL_DENO: on, OTEL_PROPAGATORS: propagators };
      assertStringIncludes(bad([], env), "Set OTEL_PROPAGATORS=none");
    }
  }
  good([], { OTEL_DENO: "true", OTEL_PROPAGATORS: "none" });
  good([], { OTEL_DENO: "false" });
});

Deno.test("DENO_SERVE_ADDRESS is refused by name and value", () => {
  const message = bad([], { DENO_SERVE_ADDRESS: "tcp:0.0.0.0:1" });
  assertStringIncludes(message, 'DENO_SERVE_ADDRESS "tcp:0.0.0.0:1"');
});

Deno.test("without a home, --accounts-dir has to be there", () => {
  const none = readConfig([], () => undefined);
  assert(!none.ok && none.error.includes("--accounts-dir"));
  const profile = (name: string) =>
    name === "USERPROFILE" ? "C:\\Users\\me" : undefined;
  const windows = readConfig([], profile);
  assert(windows.ok);
  assertEquals(windows.value.accountsDir, "C:\\Users\\me\\.codaze");
});
