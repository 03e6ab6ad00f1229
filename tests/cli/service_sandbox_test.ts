/**
 * The command of the unit, run as systemd runs it: the gateway has all it
 * needs, and what runs in its place can do nothing else.
 */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";
import { Codaze } from "../support/codaze.ts";
import { DENO_DIR } from "../support/deno_dir.ts";
import { CODEX_BODY, CODEX_HEADERS } from "../support/gateway.ts";
import {
  type Simulator,
  startSimulator,
} from "../../lib/simulator/simulator.ts";
import { nobodyListens } from "./pool_support.ts";
import { commandOf, runService, withHome } from "../support/service.ts";

const RECEIVER = join(import.meta.dirname ?? "", "watchdog_receiver.ts");
const PROBE = join(import.meta.dirname ?? "", "service_probe.ts");

interface Person extends AsyncDisposable {
  readonly home: string;
  readonly simulator: Simulator;
  readonly listen: string;
  readonly adminListen: string;
  /** What stands behind `deno` in the unit. */
  command(): Promise<readonly string[]>;
  start(
    words: readonly string[],
    env?: Readonly<Record<string, string>>,
  ): Codaze;
}

/** Two accounts: a file, and a link to Codex's own. */
async function person(home: string): Promise<Person> {
  const simulator = await startSimulator({ websockets: true });
  const listen = nobodyListens();
  const adminListen = nobodyListens();
  for (const folder of [".codaze", ".codex", ".ssh", "run", "run/systemd"]) {
    await Deno.mkdir(join(home, folder), { mode: 0o700 });
  }
  await Deno.writeTextFile(join(home, ".ssh/id"), "key");
  const [a, b] = ["a", "b"].map((name) => simulator.addAccount({ name }));
  await Deno.writeTextFile(
    join(home, ".codaze/a.json"),
    JSON.stringify({ refresh_token: a?.currentRefreshToken() }),
  );
  await Deno.writeTextFile(
    join(home, ".codex/auth.json"),
    JSON.stringify({ tokens: { refresh_token: b?.currentRefreshToken() } }),
  );
  const flags = [
    `--listen=${listen}`,
    `--admin-listen=${adminListen}`,
    `--upstream=${simulator.upstream}`,
    `--auth-issuer=${simulator.issuer}`,
    "--routing-policy=round_robin",
  ];
  return {
    home,
    simulator,
    listen,
    adminListen,
    command: async () => {
      const { stdout } = await runService(home, [
        "print",
        "--systemd",
        ...flags,
      ]);
      const runtime = join(home, "run");
      const [, ...words] = commandOf(stdout, { home, runtime });
      return words;
    },
    start: (args, env = {}) =>
      new Codaze(
        new Deno.Command("deno", {
          args: [...args],
          clearEnv: true,
          env: {
            PATH: Deno.env.get("PATH") ?? "",
            HOME: home,
            DENO_DIR,
            DENO_NO_UPDATE_CHECK: "1",
            ...env,
          },
          stdin: "null",
          stdout: "piped",
          stderr: "piped",
        }).spawn(),
      ),
    [Symbol.asyncDispose]: () => simulator.close(),
  };
}

function link(home: string): Promise<void> {
  return Deno.symlink(
    join(home, ".codex/auth.json"),
    join(home, ".codaze/b.json"),
  );
}

async function turn(listen: string): Promise<string> {
  const response = await fetch(`http://${listen}/v1/responses`, {
    method: "POST",
    headers: CODEX_HEADERS,
    body: JSON.stringify(CODEX_BODY),
  });
  return await response.text();
}

function test(name: string, fn: (home: string) => Promise<void>): void {
  // systemd is there only on Linux.
  Deno.test({
    name,
    ignore: Deno.build.os !== "linux",
    fn: () => withHome(fn),
  });
}

test("the command of the unit serves turns and saves tokens, through a link too", async (home) => {
  await using me = await person(home);
  await link(home);
  const before = await Deno.readTextFile(join(home, ".codex/auth.json"));
  await using codaze = me.start(await me.command());
  await codaze.printed(/\d accounts? in /);
  assertStringIncludes(await turn(me.listen), "response.completed");
  for (const id of ["a", "b"]) {
    const url = `http://${me.adminListen}/admin/accounts/${id}/refresh`;
    const headers = { "content-type": "application/json" };
    const answer = await fetch(url, { method: "POST", headers });
    assertEquals([answer.status, (await answer.text()) !== ""], [200, true]);
  }
  assert(await Deno.readTextFile(join(home, ".codex/auth.json")) !== before);
  const socket = new WebSocket(`ws://${me.listen}/v1/responses`);
  const opened = await new Promise<string>((resolve) => {
    socket.onopen = () => resolve("open");
    socket.onerror = () => resolve("error");
  });
  assertEquals(opened, "open");
  const closed = new Promise((resolve) => socket.onclose = resolve);
  socket.close();
  await closed;
  codaze.kill("SIGTERM");
  const { code, stderr } = await codaze.ended;
  assertEquals([code, /error/.test(stderr)], [0, false], stderr);
  assertEquals(me.simulator.violations, []);
});

test("what runs in the gateway's place can do nothing else", async (home) => {
  await using me = await person(home);
  await link(home);
  using other = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const words = await me.command();
  const main = words.findIndex((word) => word.endsWith("/main.ts"));
  const probe = [...words.slice(0, main), PROBE];
  await using ran = me.start([...probe, home, String(other.addr.port)]);
  const { code, stdout, stderr } = await ran.ended;
  assertEquals(code, 0, stderr);
  const outcomes: Record<string, string> = JSON.parse(stdout);
  assertEquals(outcomes, {
    "write .bashrc": "denied",
    "write the unit": "denied",
    "read .ssh/id": "denied",
    "read /etc/passwd": "denied",
    "list the home folder": "denied",
    "make a link in the accounts folder": "denied",
    "connect to another port": "denied",
    "listen on another port": "denied",
    "another socket": "denied",
    "run a program": "denied",
    "write an account": "done",
    "write beside a linked file": "done",
  });
});

test("a link that is newer than the unit is told plainly, and costs no token", async (home) => {
  await using me = await person(home);
  const words = await me.command();
  await link(home);
  await Deno.remove(join(home, ".codaze/a.json"));
  await using codaze = me.start(words);
  await codaze.printed(/\d accounts? in /);
  await turn(me.listen);
  const listed = await fetch(`http://${me.adminListen}/admin/accounts`);
  const { accounts: [view] } = await listed.json();
  assertStringIncludes(
    view.last_error ?? "",
    '/.codex/.codaze-refresh" is outside the folders',
  );
  assertStringIncludes(
    view.last_error ?? "",
    "to let a service use a new link, install it again",
  );
  assertEquals(me.simulator.accounts.map((one) => one.refreshCount), [0, 0]);
});

test("the gateway sets the watchdog of systemd and tells that it stops", async (home) => {
  await using me = await person(home);
  const socket = join(home, "run/systemd/notify");
  await Deno.mkdir(join(home, "run/codaze"));
  await using systemd = me.start([
    "run",
    "--no-prompt",
    "--unstable-net",
    ...["net", "read", "write"].map((one) => `--allow-${one}`),
    RECEIVER,
    socket,
  ]);
  await systemd.printed(/listening/);
  await using codaze = me.start(await me.command(), {
    NOTIFY_SOCKET: socket,
    RUNTIME_DIRECTORY: join(home, "run/codaze"),
  });
  await codaze.printed(/watchdog stall_ms=60000/);
  await systemd.printed(/got READY=1 WATCHDOG_USEC=60000000 WATCHDOG=1/);
  codaze.kill("SIGTERM");
  await systemd.printed(/got STOPPING=1/);
  assertEquals((await codaze.ended).code, 0);
});

test("a watchdog that cannot be served is not set, and the gateway runs", async (home) => {
  await using me = await person(home);
  await Deno.mkdir(join(home, "run/codaze"));
  await using codaze = me.start(await me.command(), {
    NOTIFY_SOCKET: join(home, "run/systemd/notify"),
    RUNTIME_DIRECTORY: join(home, "run/codaze"),
  });
  await codaze.printed(/warn {2}no watchdog: systemd cannot be reached/);
  assertStringIncludes(await turn(me.listen), "response.completed");
});

test("certificates that the unit does not name are told of, and stop nothing", async (home) => {
  await using me = await person(home);
  const roots = join(home, "roots.pem");
  await Deno.writeTextFile(roots, "");
  await using codaze = me.start(await me.command(), { SSL_CERT_FILE: roots });
  await codaze.printed(/warn {2}SSL_CERT_FILE is not used/);
  await codaze.printed(/\d accounts? in /);
  assertStringIncludes(await turn(me.listen), "response.completed");
});
