import { assertEquals, assertStringIncludes } from "@std/assert";
import { encryptedContent } from "../../lib/simulator/model/bound_values.ts";
import {
  CODEX_BODY,
  CODEX_HEADERS,
  startTestGateway,
  type TestGateway,
} from "../support/gateway.ts";

const FILL_FIRST = ["--routing-policy=fill_first"];
const SAY = {
  type: "message",
  role: "user",
  content: [{ type: "input_text", text: "say: moved" }],
};

function sealedBy(test: TestGateway, name: string, type: string) {
  const blob = encryptedContent(test.account(name).ownerKey, 1);
  return type === "reasoning"
    ? { type, id: "rs_1", summary: [], encrypted_content: blob }
    : { type, id: "cmp_1", encrypted_content: blob };
}

function turnsOf(test: TestGateway): string[] {
  return test.simulator.requests
    .filter(({ method, target }) =>
      method === "POST" && target.endsWith("/responses")
    )
    .map(({ account }) => account ?? "");
}

Deno.test("foreign reasoning is left out, and the same account serves", async () => {
  await using test = await startTestGateway({
    accounts: ["a", "b"],
    flags: FILL_FIRST,
  });
  const reasoning = sealedBy(test, "b", "reasoning");
  const response = await test.turn({ input: [reasoning, SAY] });
  assertStringIncludes(await response.text(), "moved");
  assertEquals(turnsOf(test), ["a", "a"]);

  const last = test.simulator.requests.at(-1)?.json();
  assertEquals(last instanceof Object && "input" in last && last.input, [SAY]);
  const { a } = await test.views();
  assertEquals([a?.["routing_state"], a?.["last_error"]], ["ready", null]);
});

Deno.test("an account's own reasoning stays in its turns", async () => {
  await using test = await startTestGateway({ accounts: ["a"] });
  const reasoning = sealedBy(test, "a", "reasoning");
  const response = await test.turn({ input: [reasoning, SAY] });
  assertStringIncludes(await response.text(), "moved");
  assertEquals(turnsOf(test), ["a"]);
});

Deno.test("a foreign compaction finds the account that made it", async () => {
  await using test = await startTestGateway({
    accounts: ["a", "b"],
    flags: FILL_FIRST,
  });
  const compaction = sealedBy(test, "b", "compaction");
  const response = await test.turn({ input: [compaction, SAY] });
  assertStringIncludes(await response.text(), "moved");
  assertEquals(turnsOf(test), ["a", "b"]);
});

Deno.test("a compaction that nobody can read is told to the caller", async () => {
  await using test = await startTestGateway({ accounts: ["a", "b"] });
  const blob = { type: "compaction", id: "c", encrypted_content: "gAAAAA_x" };
  const reasoning = sealedBy(test, "b", "reasoning");
  const response = await test.turn({ input: [blob, reasoning, SAY] });
  assertEquals(response.status, 400);
  assertStringIncludes(await response.text(), "invalid_encrypted_content");
});

Deno.test("over a websocket foreign reasoning is left out as well", async () => {
  await using test = await startTestGateway({
    accounts: ["a", "b"],
    flags: FILL_FIRST,
  });
  test.simulator.websockets = true;
  const url = test.url("/v1/responses").replace("http", "ws");
  const socket = new WebSocket(url, {
    headers: { ...CODEX_HEADERS, "session-id": "s" },
  });
  const types: string[] = [];
  const ended = Promise.withResolvers<void>();
  socket.onopen = () =>
    socket.send(JSON.stringify({
      type: "response.create",
      ...CODEX_BODY,
      input: [sealedBy(test, "b", "reasoning"), SAY],
    }));
  socket.onmessage = ({ data }) => {
    const { type } = JSON.parse(data);
    types.push(type);
    if (type === "response.completed" || type === "error") ended.resolve();
  };
  await ended.promise;
  const closed = Promise.withResolvers<void>();
  socket.onclose = () => closed.resolve();
  socket.close();
  await closed.promise;
  assertEquals(types.filter((type) => type === "response.created").length, 1);
  assertEquals(types.at(-1), "response.completed");
  assertEquals(
    test.simulator.connections.map(({ account }) => account),
    ["a", "a"],
  );
});
