import { assertEquals, assertStringIncludes } from "@std/assert";
import { spentForAnHour } from "../support/faults.ts";
import { startTestGateway } from "../support/gateway.ts";

Deno.test("a turn of a spent account is served by another one", async () => {
  await using test = await startTestGateway({
    accounts: ["a", "b"],
    flags: ["--routing-policy=fill_first"],
  });
  test.account("a").fault(spentForAnHour(), Infinity);
  const response = await test.turn();
  assertEquals(response.status, 200);
  assertStringIncludes(await response.text(), "response.completed");
  const views = await test.views();
  assertEquals(views["a"]?.["routing_state"], "cooldown");
  assertEquals(views["b"]?.["in_flight_requests"], 0);
});
