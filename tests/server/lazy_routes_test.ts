import { assertEquals, assertRejects } from "@std/assert";
import { lazyRoutes } from "../../lib/server/port/lazy_routes.ts";

const REQUEST = new Request("http://localhost/");

Deno.test("lazyRoutes() loads with the first request, and once", async () => {
  let loads = 0;
  const routes = lazyRoutes(() => {
    loads++;
    return Promise.resolve((_, id) => new Response(id));
  });
  assertEquals(loads, 0);
  assertEquals(await (await routes(REQUEST, "first")).text(), "first");
  assertEquals(await (await routes(REQUEST, "second")).text(), "second");
  assertEquals(loads, 1);
});

Deno.test("lazyRoutes() tries again after a failure", async () => {
  let isBroken = true;
  const routes = lazyRoutes(() =>
    isBroken
      ? Promise.reject(new Error("no such file"))
      : Promise.resolve(() => new Response("there"))
  );
  await assertRejects(async () => await routes(REQUEST), Error, "no such file");
  isBroken = false;
  assertEquals(await (await routes(REQUEST)).text(), "there");
});
