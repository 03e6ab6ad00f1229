/**
 * The official client signs in at the simulated auth server, by device code,
 * and `codaze login --device` does after it, with the same requests.
 */
import { assertEquals, assertStringIncludes } from "@std/assert";
import type { RecordedRequest } from "../../lib/simulator/http/recorder.ts";
import { runCodaze } from "../support/codaze.ts";
import { startTestGateway, type TestGateway } from "../support/gateway.ts";
import { run } from "./support/child.ts";
import { Codex, codexVersion } from "./support/codex.ts";

/** What `fetch` writes and cannot be told not to (docs/fidelity.md). */
const FORCED = [
  "user-agent: ",
  "accept-language: *",
  "accept-encoding: identity",
];

Deno.test("codex and codaze sign in with the same requests", async () => {
  await using test = await startTestGateway({ accounts: [] });
  const { simulator } = test;
  const account = simulator.addAccount({ name: "ada" });
  simulator.signIn.approveAs(account);

  await using codex = await Codex.signedIn({ kind: "none" });
  const theirs = await run(
    codex.command([
      "login",
      "--device-auth",
      "--experimental_issuer",
      simulator.issuer,
    ]),
  );
  assertEquals(theirs.code, 0, theirs.stderr);
  const asked = [...simulator.requests];
  const ours = await runCodaze([
    "login",
    "--device",
    `--codex-version=${await codexVersion()}`,
    ...flagsFor(test),
  ]);
  assertEquals(ours.code, 0, ours.stderr);
  assertStringIncludes(ours.stdout, "Signed in as ada@example.test");
  const ourRequests = simulator.requests.slice(asked.length);
  assertEquals(ourRequests.map(shapeOf), asked.map(shapeOf));
  assertEquals(asked.length, 3);
  assertEquals(simulator.violations, []);
});

function flagsFor({ simulator, gateway, dir }: TestGateway): readonly string[] {
  return [
    `--accounts-dir=${dir}`,
    `--admin-listen=${new URL(gateway.adminOrigin).host}`,
    `--auth-issuer=${simulator.issuer}`,
  ];
}

/** All of a request but what is new each time. */
function shapeOf({ method, target, headers, body }: RecordedRequest): unknown {
  const text = new TextDecoder().decode(body);
  return {
    method,
    target,
    headers: headers.filter(([name, value]) =>
      !FORCED.includes(`${name.toLowerCase()}: ${value}`)
    ).map(([name]) => name.toLowerCase()).toSorted(),
    body: text.replaceAll(/(devauth|ac|cv)_sim_[0-9a-f]+/g, "$1")
      .replaceAll(/[A-Z0-9]{4}-[A-Z0-9]{5}/g, "CODE")
      .replaceAll(/127\.0\.0\.1%3A\d+/g, "ISSUER"),
  };
}
