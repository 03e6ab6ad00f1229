/** The routes of api.md are those of the code, and answer. */
import { assert, assertEquals } from "@std/assert";
import { join } from "@std/path";
import { startTestGateway } from "../support/gateway.ts";
import { readDocument, ROOT, tableRows } from "../support/documents.ts";

const PORTS = [
  { port: "public", file: "lib/server/public.ts", prefix: "/" },
  { port: "public", file: "lib/server/public/account_pages.ts", prefix: "/" },
  { port: "admin", file: "lib/server/admin.ts", prefix: "/admin/" },
] as const;

/** `METHOD /path`, with `ID` for an account's. */
async function documented(): Promise<readonly string[]> {
  const rows = tableRows(await readDocument("docs/api.md"));
  return rows.flatMap(([methods = "", paths = ""]) => {
    if (!/^[A-Z]+(?:, [A-Z]+)*$/.test(methods)) return [];
    return methods.split(", ").flatMap((method) =>
      paths.split(", ").map((path) => `${method} ${path.replaceAll("`", "")}`)
    );
  });
}

/** The keys of the table that a file hands to `route`. */
async function coded(file: string): Promise<readonly string[]> {
  const text = await Deno.readTextFile(join(ROOT, file));
  return [...text.matchAll(/^ +"([A-Z]+ \/[^"]*)": /gm)]
    .map(([, key = ""]) => key.replace(":id", "ID"));
}

Deno.test("api.md has every route of the code, and no other", async () => {
  const code = await Promise.all(PORTS.map(({ file }) => coded(file)));
  const routes = code.flat();
  assert(routes.length > 15, `${routes.length} routes`);
  assertEquals((await documented()).toSorted(), routes.toSorted());
});

Deno.test("every route of api.md is one of its port", async () => {
  await using test = await startTestGateway();
  const { publicOrigin, adminOrigin } = test.gateway;
  for (const route of await documented()) {
    const [method = "", path = ""] = route.split(" ");
    const isAdmin = path === "/" || /^\/admin(\/|$)/.test(path);
    const origin = isAdmin ? adminOrigin : publicOrigin;
    const answer = await fetch(origin + path, { method });
    await answer.body?.cancel();
    const isAccount = path.includes("ID");
    assert(answer.status !== 405, route);
    assert(isAccount || answer.status !== 404, route);
  }
});
