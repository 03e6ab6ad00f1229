/** Where a listener is bound, whatever the environment says. */
import { assertEquals, assertMatch } from "@std/assert";
import { join } from "@std/path";
import { freePort } from "../support/free_port.ts";

const PROGRAM = join(import.meta.dirname ?? "", "listener_program.ts");

/** What the program prints, with the runtime told to bind elsewhere. */
async function listenAt(
  hostname: string,
  port: number,
  moved: string | undefined,
): Promise<string> {
  const { stdout, stderr, code } = await new Deno.Command("deno", {
    args: [
      "run",
      "--allow-net=127.0.0.1,127.0.0.2",
      PROGRAM,
      hostname,
      `${port}`,
    ],
    env: moved === undefined ? {} : { DENO_SERVE_ADDRESS: moved },
    signal: AbortSignal.timeout(60_000),
  }).output();
  assertEquals(code, 0, new TextDecoder().decode(stderr));
  return new TextDecoder().decode(stdout).trim();
}

Deno.test("listen() binds what it is told to", async () => {
  const bound = await listenAt("127.0.0.1", 0, undefined);
  assertMatch(bound, /^bound http:\/\/127\.0\.0\.1:\d+$/);
});

Deno.test("listen() refuses another port than its own, and names the variable", async () => {
  const [own, other] = [freePort(), freePort()];
  assertEquals(
    await listenAt("127.0.0.1", own, `tcp:127.0.0.1:${other}`),
    `Cannot use --listen "127.0.0.1:${own}": the runtime bound ` +
      `127.0.0.1:${other}; unset DENO_SERVE_ADDRESS`,
  );
});

Deno.test({
  name: "listen() refuses another host than its own, whatever the port",
  // Only Linux has all of 127.0.0.0/8 without being told.
  ignore: Deno.build.os !== "linux",
  async fn() {
    const other = freePort();
    assertEquals(
      await listenAt("127.0.0.1", 0, `tcp:127.0.0.2:${other}`),
      'Cannot use --listen "127.0.0.1:0": the runtime bound ' +
        `127.0.0.2:${other}; unset DENO_SERVE_ADDRESS`,
    );
  },
});
