/**
 * An upstream that encodes what it answers, for a client that says it can
 * decode that: through the gateway nobody notices.
 */
import { assertEquals } from "@std/assert";
import { startTestGateway } from "../support/gateway.ts";
import { Codex, codexVersion, isBefore } from "./support/codex.ts";
import { unroutedLogin } from "./support/logins.ts";
import { turnsOf } from "./support/secrets.ts";

for (const coding of ["zstd", "gzip"] as const) {
  Deno.test(`codex gets an answer that upstream sends as ${coding}`, async () => {
    await using gateway = await startTestGateway({ warm: true });
    gateway.simulator.contentCodings = [coding];
    const account = gateway.account("a");
    await using codex = await Codex.signedIn(unroutedLogin(account));

    const { code, stdout, stderr } = await codex.exec({
      base: gateway.url("/v1"),
      prompt: "say: encoded",
    });

    assertEquals([code, stdout], [0, "encoded\n"], stderr);
    const older = isBefore(await codexVersion(), "0.171.0");
    assertEquals(
      turnsOf(gateway.simulator).map(({ headers }) =>
        headers.find(([name]) => name === "accept-encoding")?.[1]
      ),
      [older ? "identity" : "zstd,gzip"],
    );
  });
}
