import { assertEquals } from "@std/assert";
import { join } from "@std/path";
import { Watching } from "../../lib/accounts/sync/watching.ts";

const PROBE = new URL("watching_probe.ts", import.meta.url);

async function inFolder(use: (dir: string) => Promise<void>): Promise<void> {
  const dir = await Deno.realPath(await Deno.makeTempDir());
  try {
    await use(dir);
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
}

Deno.test("Watching remembers no event that was dealt with", () =>
  inFolder(async (dir) => {
    const { stdout } = await new Deno.Command("deno", {
      args: [
        "run",
        "--no-prompt",
        `--allow-read=${dir}`,
        `--allow-write=${dir}`,
        "--v8-flags=--expose-gc",
        PROBE.href,
        dir,
      ],
      stderr: "inherit",
    }).output();
    assertEquals(new TextDecoder().decode(stdout), "0\n");
  }));

for (const when of ["while it waits", "between two events"] as const) {
  Deno.test(`Watching.end() ends the events ${when}`, () =>
    inFolder(async (dir) => {
      const watching = new Watching(dir, dir);
      const events = watching.events();
      const first = events.next();
      await Deno.writeTextFile(join(dir, "a.json"), "{}");
      await first;
      const waiting = when === "while it waits" ? drained(events) : undefined;
      watching.end();
      await (waiting ?? drained(events));
      await watching.over;
    }));
}

async function drained(events: AsyncGenerator<unknown>): Promise<void> {
  while (!(await events.next()).done);
}
