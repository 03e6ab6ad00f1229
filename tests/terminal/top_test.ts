/** `codaze top` as a person sees it: on a screen, by keys, to its end. */
import { assertEquals, assertStringIncludes } from "@std/assert";
import { stripAnsiCode } from "@std/fmt";
import { join } from "@std/path";
import { beginTurn } from "../page/telling_pool.ts";
import { startCodaze } from "../support/codaze.ts";
import {
  restartGateway,
  startTestGateway,
  type TestGateway,
} from "../support/gateway.ts";
import { codazeWords, environmentIn } from "./support/codaze_words.ts";
import { Terminal, TMUX } from "./support/terminal.ts";

const ignore = TMUX === undefined;

interface TopOptions {
  readonly columns?: number;
  readonly rows?: number;
  readonly env?: Readonly<Record<string, string>>;
}

function openTop(
  { dir }: TestGateway,
  { columns = 80, rows = 24, env = {} }: TopOptions = {},
): Promise<Terminal> {
  // tmux sets TERM by itself.
  const variables = Object.entries(env).map((one) => one.join("="));
  const words = codazeWords("top", `--accounts-dir=${dir}`);
  const note = `echo $$ > '${join(dir, PID_FILE)}'; exec "$@"`;
  return Terminal.open(
    ["sh", "-c", note, "sh", "env", ...variables, ...words],
    {
      columns,
      rows,
      env: environmentIn(dir),
    },
  );
}

/** What a program that takes keys one by one switches off. */
const CHANGED = "-(isig|icanon|echo|icrnl|opost)\\b";

/** No account: its name does not end in .json. */
const PID_FILE = "top.pid";

const HELD = /q quit {2}\? help/;

/** The shell has the terminal back, as it was. */
async function assertRestored(terminal: Terminal): Promise<void> {
  await terminal.shows(/^\$ $/m);
  assertEquals(await terminal.value("alternate_on"), "0");
  assertEquals(await terminal.value("cursor_flag"), "1");
  await terminal.type(`echo changed:$(stty -a | grep -Ec -e '${CHANGED}')`);
  assertEquals(await terminal.shows(/^changed:(\d+)$/m), "0");
}

/** Waits until what is on the screen only, and not above it, has it. */
async function seen(terminal: Terminal, pattern: RegExp): Promise<string> {
  await terminal.shows(pattern);
  return await terminal.visible();
}

for (const count of [1, 3, 60]) {
  Deno.test({
    name: `top shows ${count} accounts at 80 × 24 and, resized, at 200 × 50`,
    ignore,
    fn: async () => {
      const accounts = Array.from({ length: count }, (_, at) => `acc${at + 1}`);
      await using test = await startTestGateway({ accounts, warm: true });
      for (let turn = 0; turn < 12; turn++) await (await test.turn()).text();
      beginTurn(test);
      await using terminal = await openTop(test);
      const small = await seen(terminal, /▸ [^]*q quit/);
      assertEquals(
        small.match(/gpt-6\.2-sol/g)?.length ?? 0,
        count > 3 ? 11 : 13,
      );
      assertStringIncludes(small, "> acc1 ");
      await terminal.resize(200, 50);
      const large = await seen(terminal, /STARTED[^]*q quit/);
      const lines = large.split("\n");
      assertStringIncludes(lines[49] ?? "", "q quit");
      assertEquals(
        lines.filter((line) => /^. acc/.test(line)).length,
        Math.min(count, 32),
      );
      await terminal.resize(80, 24);
      await terminal.shows(/BEGAN[^]*q quit/);
      await terminal.key("q");
      await assertRestored(terminal);
    },
  });
}

Deno.test({
  name: "top pauses, resumes, wakes, sorts, filters and lists its keys",
  ignore,
  fn: async () => {
    await using test = await startTestGateway({ accounts: ["ada", "grace"] });
    await using terminal = await openTop(test);
    await terminal.shows(HELD);
    await terminal.key("Down");
    await terminal.shows(/^> grace/m);
    await terminal.key("p");
    await terminal.shows(/grace is paused: it gets no new turns/);
    await terminal.shows(/^> grace +○ paused/m);
    await terminal.key("p");
    await terminal.shows(/grace serves again/);
    await terminal.shows(/^> grace +● ready/m);
    await terminal.key("w");
    await terminal.shows(/grace is awake/);
    await terminal.key("s");
    await terminal.shows(/s sort: week/);
    await terminal.key("/", "a", "d");
    await terminal.shows(/Filter: ad_/);
    await terminal.key("Enter");
    const filtered = await seen(terminal, /filter: ad/);
    assertEquals(/^. (?:ada|grace) .*/gm.exec(filtered)?.length, 1, filtered);
    await terminal.key("Escape");
    await terminal.shows(/grace/);
    await terminal.key("?");
    await terminal.shows(/Ctrl-C +quit/);
    await terminal.key("x");
    await terminal.shows(HELD);
    await terminal.key("C-c");
    await assertRestored(terminal);
  },
});

/** By the id that its shell has noted, before it became the program. */
async function signal(
  terminal: Terminal,
  { dir }: TestGateway,
  name: string,
): Promise<void> {
  const pid = Number(await Deno.readTextFile(join(dir, PID_FILE)));
  await terminal.aside(`kill -${name} ${pid}`);
}

for (const name of ["TERM", "HUP", "QUIT"]) {
  Deno.test({
    name: `top that is ended by SIG${name} leaves the terminal as it was`,
    ignore,
    fn: async () => {
      await using test = await startTestGateway();
      await using terminal = await openTop(test);
      await terminal.shows(HELD);
      await signal(terminal, test, name);
      await assertRestored(terminal);
    },
  });
}

Deno.test({
  name: "reset and tput rmcup bring the terminal back after kill -9",
  ignore,
  fn: async () => {
    await using test = await startTestGateway();
    await using terminal = await openTop(test);
    await terminal.shows(HELD);
    await signal(terminal, test, "KILL");
    await terminal.shows(/Killed/);
    // What remains: the other screen, no cursor, no echo.
    assertEquals(await terminal.value("cursor_flag"), "0");
    // Enter sends a carriage return, which is no end of a line any more.
    await terminal.key("C-j");
    await terminal.type("reset; tput rmcup; echo was''reset");
    await terminal.key("C-j");
    await terminal.shows(/^wasreset$/m);
    await assertRestored(terminal);
  },
});

Deno.test({
  name: "Ctrl-Z does not leave top's screen to the shell",
  ignore,
  fn: async () => {
    await using test = await startTestGateway();
    await using terminal = await openTop(test);
    await terminal.shows(HELD);
    await terminal.key("C-z");
    await terminal.key("?");
    await terminal.shows(/Any key goes back/);
    await terminal.key("q");
    await assertRestored(terminal);
  },
});

Deno.test({
  name: "top says when the gateway was killed, and connects to the next one",
  ignore,
  fn: async () => {
    await using test = await startTestGateway({ accounts: ["ada"] });
    await test.gateway.stop(0);
    await using killed = startCodaze([
      "--listen=127.0.0.1:0",
      "--admin-listen=127.0.0.1:0",
      `--accounts-dir=${test.dir}`,
      `--upstream=${test.simulator.upstream}`,
      `--auth-issuer=${test.simulator.issuer}`,
    ]);
    await killed.printed(/admin port/);
    await using terminal = await openTop(test);
    await terminal.shows(/> ada/);
    killed.kill("SIGKILL");
    const offline = await seen(terminal, /Not connected, trying again/);
    assertStringIncludes(offline, "ada");
    await terminal.key("p");
    await terminal.shows(/^Not connected\.$/m);
    await using _again = await restartGateway(test);
    await terminal.key("?", "x");
    await terminal.shows(/1 account can serve|Ready/);
    await terminal.key("q");
    await assertRestored(terminal);
  },
});

for (const env of [{ TERM: "dumb" }, { NO_COLOR: "1" }]) {
  Deno.test({
    name: `top writes no colour with ${JSON.stringify(env)}`,
    ignore,
    fn: async () => {
      await using test = await startTestGateway({ accounts: ["ada"] });
      await using terminal = await openTop(test, { env });
      await terminal.shows(/ada +● ready/);
      if ("TERM" in env) {
        await terminal.shows(/^\$ $/m);
        assertEquals(await terminal.value("alternate_on"), "0");
      }
      const text = await terminal.coloured();
      assertEquals(text, stripAnsiCode(text));
    },
  });
}
