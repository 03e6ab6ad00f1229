/** The page as the admin port sends it; `tests/page/` opens it in a browser. */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";
import { assertNoToken } from "../support/canary.ts";
import { ROOT } from "../support/documents.ts";
import { startTestGateway } from "../support/gateway.ts";
import { HOSTILE_LABELS, hostileAccounts } from "../support/hostile_labels.ts";

const FILES = ["index.html", "page.css", "page.js"] as const;

const read = (name: string) =>
  Deno.readTextFile(join(ROOT, "lib/server/page", name));

Deno.test("the three files of the page are 40 KB at most", async () => {
  const texts = await Promise.all(FILES.map(read));
  const bytes = new TextEncoder().encode(texts.join("")).length;
  assert(bytes <= 40_000, `${bytes} bytes`);
});

Deno.test("the page makes no markup of text, and asks nobody else", async () => {
  for (const name of FILES) {
    const text = await read(name);
    const found = text.match(
      /innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\b| style=| on[a-z]+=|https?:\/\/(?!www\.w3\.org\/2000\/svg)[^"']*/g,
    );
    assertEquals(found, null, name);
  }
});

Deno.test("the page is sent with what a browser must know", async () => {
  await using test = await startTestGateway();
  for (const path of ["/", "/admin/page.css", "/admin/page.js"]) {
    const { headers, status, body } = await test.admin(path);
    await body?.cancel();
    assertEquals(status, 200);
    const policy = headers.get("content-security-policy") ?? "";
    assertStringIncludes(policy, "default-src 'none'; script-src 'self';");
    assertStringIncludes(policy, "frame-ancestors 'none'");
    assertStringIncludes(policy, "require-trusted-types-for 'script'");
    assert(!policy.includes("unsafe"));
    const others = [
      "x-content-type-options",
      "referrer-policy",
      "cross-origin-opener-policy",
      "cross-origin-resource-policy",
      "cache-control",
    ].map((name) => headers.get(name));
    assertEquals(others, [
      "nosniff",
      "no-referrer",
      "same-origin",
      "same-origin",
      "no-store",
    ]);
  }
  const moved = await test.admin("/admin", { redirect: "manual" });
  await moved.body?.cancel();
  assertEquals([moved.status, moved.headers.get("location")], [308, "/"]);
});

Deno.test("hostile labels are text in the page, also without a script", async () => {
  await using test = await startTestGateway(hostileAccounts());
  const html = await (await test.admin("/")).text();
  assertNoToken(html, "the page");
  assertEquals(html.match(/<script/g)?.length, 2);
  assertEquals(html.match(/<(img|svg) /g), null);
  const [, json = ""] = /id="view">([^<]*)<\/script>/.exec(html) ?? [];
  const { accounts } = JSON.parse(json);
  const labels = accounts.map(({ label }: { label: string }) => label);
  assertEquals(labels.toSorted(), [...HOSTILE_LABELS].sort());
  assertEquals(html.match(/<tbody><tr>/g)?.length, HOSTILE_LABELS.length);
});
