import { assert, assertEquals } from "@std/assert";
import { join } from "@std/path";
import { flagsOf, runCodaze } from "../support/codaze.ts";

const PROBE = join(import.meta.dirname ?? "", "permissions_probe.ts");

/** What a task may do; everything else that the probe tries is denied. */
const MAY: Readonly<Record<"start" | "demo", readonly string[]>> = {
  start: [
    "fetch http://127.0.0.1:PORT",
    "listen 127.0.0.1",
    "HTTP_PROXY",
    "CODAZE_LISTEN",
  ],
  demo: ["fetch http://127.0.0.1:PORT", "listen 127.0.0.1", "HTTP_PROXY"],
};

/** Hosts whose permission is only looked up, so that nothing is sent. */
const HOSTS = {
  start: ["chatgpt.com:443", "auth.openai.com:443", "[::1]:1"],
  demo: [],
} as const;

for (const task of ["start", "demo"] as const) {
  Deno.test(`with the permissions of ${task}, nothing else can be reached`, async () => {
    await using server = Deno.serve(
      { hostname: "127.0.0.1", port: 0, onListen: () => {} },
      () => new Response("here"),
    );
    const ended = await runCodaze([String(server.addr.port)], {
      task,
      script: PROBE,
    });
    assertEquals(ended.code, 0, ended.stderr);
    const outcomes: Record<string, string> = JSON.parse(ended.stdout);
    for (const host of ["chatgpt.com:443", "auth.openai.com:443", "[::1]:1"]) {
      const granted = HOSTS[task].some((name) => name === host);
      assertEquals(outcomes[host] === "granted", granted, host);
      delete outcomes[host];
    }
    const tried = Object.keys(outcomes);
    assert(tried.length > 25, `${tried.length} tries`);
    for (const what of tried) {
      const may = MAY[task].includes(what);
      assertEquals(outcomes[what], may ? "done" : "denied", what);
    }
  });

  Deno.test(`the ${task} task names every permission`, () => {
    const flags = flagsOf(task);
    const names = flags.map((flag) => flag.split("=")[0] ?? "");
    const known = new Set([
      "--v8-flags",
      "--no-prompt",
      "--no-remote",
      "--frozen",
      "--allow-net",
      "--allow-env",
      // The accounts dir is known only at run time, and no grant can be
      // narrowed then.
      "--allow-read",
      "--allow-write",
    ]);
    assertEquals(names.filter((name) => !known.has(name)), []);
    for (const scoped of ["--allow-net", "--allow-env"]) {
      const flag = flags.find((one) => one.startsWith(scoped));
      const scope = flag?.split("=")[1]?.split(",") ?? [];
      assert(scope.length > 0, `${scoped} is unscoped`);
      for (const item of scope) {
        assert(/^[\w.:[\]]+$|^CODAZE_\*$/.test(item), `${scoped}=${item}`);
      }
    }
    for (const needed of ["--no-prompt", "--no-remote", "--frozen"]) {
      assert(names.includes(needed), needed);
    }
  });
}
