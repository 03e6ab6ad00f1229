import { assertEquals } from "@std/assert";
import { route, type Routed } from "../../lib/server/port/route.ts";

const echo = (name: string) => ({ id }: Routed) =>
  new Response(`${name} ${id}`);

const handler = route({
  "GET /a": echo("get a"),
  "POST /a": echo("post a"),
  "GET /b": echo("get b"),
  "HEAD /b": () => new Response(null, { status: 204 }),
  "POST /x/:id/wake": echo("wake"),
  "POST /x/all/wake": echo("wake all"),
  "DELETE /x/:id": echo("delete"),
});

const ROUTES: ReadonlyArray<[request: string, answer: string]> = [
  ["GET /a", "200 get a "],
  ["GET /a?x=1", "200 get a "],
  ["POST /a", "200 post a "],
  ["HEAD /a", "200 get a "],
  ["HEAD /b", "204 "],
  ["PUT /a", "405 allow GET, POST"],
  ["OPTIONS /a", "405 allow GET, POST"],
  ["HEAD /x/1", "405 allow DELETE"],
  ["FOO /x/1/wake", "405 allow POST"],
  ["GET /", "404"],
  ["GET /a/", "404"],
  ["GET //a", "404"],
  ["GET /A", "404"],
  ["GET /%61", "404"],
  ["GET /constructor", "404"],
  ["GET /:id", "404"],
  ["DELETE /x/", "404"],
  ["DELETE /x/one", "200 delete one"],
  ["DELETE /x/a%2Fb", "200 delete a/b"],
  ["DELETE /x/a%20%E6%97%A5", "200 delete a 日"],
  ["DELETE /x/%zz", "200 delete %zz"],
  ["DELETE /x/%", "200 delete %"],
  ["DELETE /x/..%2f..%2fetc", "200 delete ../../etc"],
  ["DELETE /x/a/b", "404"],
  ["POST /x//wake", "404"],
  ["POST /x/:id/wake", "200 wake :id"],
  ["POST /x/all/wake", "200 wake all "],
];

for (const [line, answer] of ROUTES) {
  Deno.test(`route: ${line} is ${answer}`, async () => {
    const [method = "", path = ""] = line.split(" ");
    const url = new URL("http://127.0.0.1/");
    const request = new Request(url.origin + path, { method });
    const response = await handler(request);
    const { status } = response;
    const body = await response.text();
    const allow = response.headers.get("allow");
    if (allow !== null) {
      assertEquals(`${status} allow ${allow}`, answer);
    } else {
      assertEquals(status === 404 ? "404" : `${status} ${body}`, answer);
    }
    if (status < 400) return;
    const { error } = JSON.parse(body);
    assertEquals(
      error.code,
      status === 404 ? "not_found" : "method_not_allowed",
    );
  });
}
