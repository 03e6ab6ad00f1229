/**
 * A turn that two accounts cannot serve: the official client sees one clean
 * answer, and the admin port says what became of the accounts.
 */
import { assertEquals } from "@std/assert";
import { usageLimitReached } from "../../lib/simulator/faults/limits.ts";
import { startTestGateway } from "../support/gateway.ts";
import { Codex } from "./support/codex.ts";
import { turnsOf } from "./support/secrets.ts";
import { printedBy } from "./support/printed.ts";

const RESETS_IN_MS = 3 * 3_600_000;

Deno.test("one account spent and one token rejected: codex prints one clean answer", async () => {
  await using gateway = await startTestGateway({
    accounts: ["1-spent", "2-rejected", "3-healthy"],
    flags: ["--routing-policy=fill_first"],
    warm: true,
  });
  await using calm = await startTestGateway({ accounts: ["healthy"] });
  const now = Date.now();
  const resetsAt = Math.ceil((now + RESETS_IN_MS) / 1000) * 1000;
  gateway.account("1-spent").fault(
    usageLimitReached({ now, resetsAt }),
    Infinity,
  );
  gateway.account("2-rejected").expireAccessTokens();
  await using codex = await Codex.signedIn({ kind: "none" });
  await using undisturbed = await Codex.signedIn({ kind: "none" });
  const prompt = "say: one clean answer";

  const shown = await codex.exec({ base: gateway.url("/v1"), prompt });
  const expected = await undisturbed.exec({ base: calm.url("/v1"), prompt });

  assertEquals([shown.code, shown.stdout], [0, "one clean answer\n"]);
  assertEquals(printedBy(shown), printedBy(expected));
  assertEquals(
    turnsOf(gateway.simulator).map(({ account }) => account),
    ["1-spent", "2-rejected", "2-rejected"],
  );
  assertEquals(gateway.account("2-rejected").refreshCount, 1);

  const views = await gateway.views();
  const spent = views["1-spent"];
  assertEquals(
    [spent?.["routing_state"], spent?.["blocked_reason"]],
    ["cooldown", "quota_exhausted"],
  );
  assertEquals(Date.parse(String(spent?.["blocked_until"])), resetsAt);
  assertEquals(views["2-rejected"]?.["routing_state"], "ready");
  assertEquals(views["3-healthy"]?.["routing_state"], "ready");
  assertEquals(gateway.simulator.violations, []);
});

Deno.test("a second account whose refresh fails too leaves the turn to the third", async () => {
  await using gateway = await startTestGateway({
    accounts: ["1-spent", "2-dead", "3-healthy"],
    flags: ["--routing-policy=fill_first"],
    warm: true,
  });
  const now = Date.now();
  gateway.account("1-spent").fault(
    usageLimitReached({ now, resetsAt: now + RESETS_IN_MS }),
    Infinity,
  );
  gateway.account("2-dead").revoke();
  await using codex = await Codex.signedIn({ kind: "none" });

  const { code, stdout } = await codex.exec({
    base: gateway.url("/v1"),
    prompt: "say: from the third",
  });

  assertEquals([code, stdout], [0, "from the third\n"]);
  assertEquals(
    turnsOf(gateway.simulator).map(({ account }) => account),
    ["1-spent", "2-dead", "3-healthy"],
  );
  const views = await gateway.views();
  assertEquals(views["1-spent"]?.["routing_state"], "cooldown");
  assertEquals(views["2-dead"]?.["routing_state"], "auth_invalid");
  assertEquals(views["3-healthy"]?.["routing_state"], "ready");
});
