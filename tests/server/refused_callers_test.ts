/** What the log says of callers that are refused. */
import { assert, assertEquals } from "@std/assert";
import { RefusedCallers } from "../../lib/server/port/refused_callers.ts";
import { startTestGateway } from "../support/gateway.ts";
import { FakeLog } from "../support/log.ts";

Deno.test("of a kind there is a line a second, then how many more", () => {
  const log = new FakeLog();
  const tasks: (() => void)[] = [];
  const refused = new RefusedCallers({
    port: "public",
    log,
    after: (_, task) => {
      tasks.push(task);
      return () => {};
    },
  });
  const tell = (code: string) =>
    refused.tell({ status: 404, code, message: "No" }, {
      request: "r",
      method: "GET",
      url: "http://h/p?key=secret",
    });
  for (let times = 0; times < 4; times++) tell("not_found");
  tell("invalid_json");
  for (const task of tasks.splice(0)) task();
  tell("not_found");
  tell("caller_gone");
  refused.close();
  const told = log.entries.map(({ message, fields }) =>
    `${message} ${fields["code"]} ${fields["count"] ?? ""}`.trim()
  );
  assertEquals(told, [
    "caller refused not_found",
    "caller refused invalid_json",
    "more callers refused not_found 3",
    "caller refused not_found",
  ]);
  assert(!JSON.stringify(log.entries).includes("secret"));
});

Deno.test("each way of being refused has its line, without the body", async () => {
  await using test = await startTestGateway();
  const body = '{"model":"m","input":"SECRET';
  const json = { "content-type": "application/json" };
  const calls: ReadonlyArray<readonly [path: string, init: RequestInit]> = [
    ["/responses", { method: "POST", headers: json, body }],
    ["/v1/responses", { method: "POST", headers: json, body }],
    ["/v1/embeddings", { method: "POST", headers: json, body }],
    ["/v1/responses", { headers: { origin: "https://a.test" } }],
    ["/v1/models", { method: "DELETE" }],
    ["/v1/responses", {
      method: "POST",
      headers: { ...json, "content-encoding": "odd" },
      body,
    }],
  ];
  for (const [path, init] of calls) {
    await (await fetch(test.url(path), init)).text();
  }
  await (await test.admin("/admin/nothing")).text();
  const told = test.log.filter(({ message }) => message === "caller refused")
    .map(({ fields }) =>
      ["port", "status", "method", "path", "code"].map((key) => fields[key])
        .join(" ")
    );
  assertEquals(told, [
    "public 404 POST /responses not_found",
    "public 400 POST /v1/responses invalid_json",
    "public 404 POST /v1/embeddings unsupported_endpoint",
    "public 403 GET /v1/responses origin_not_allowed",
    "public 405 DELETE /v1/models method_not_allowed",
    "public 415 POST /v1/responses unsupported_media_type",
    "admin 404 GET /admin/nothing not_found",
  ]);
  assert(!JSON.stringify(test.log).includes("SECRET"));
});
