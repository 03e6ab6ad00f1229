/** The page against labels, and against other pages. */
import { assert, assertEquals } from "@std/assert";
import { assertNoToken } from "../support/canary.ts";
import { startTestGateway } from "../support/gateway.ts";
import { HOSTILE_LABELS, hostileAccounts } from "../support/hostile_labels.ts";
import { Chromium } from "./chromium.ts";
import { Tab } from "./tab.ts";
import { startTellingPool } from "./telling_pool.ts";

Deno.test("hostile labels are text, and nothing else happens", async () => {
  await using test = await startTestGateway(hostileAccounts());
  await using browser = await Chromium.start();
  await using tab = await Tab.open(browser);
  await (await test.turn({ model: "<img src=x onerror=alert(4)>" })).text();
  await tab.go(`${test.gateway.adminOrigin}/`);
  await tab.until("document.querySelector('#turns tbody tr')");
  await tab.value(
    `for (const one of document.querySelectorAll("[aria-expanded]")) {
    one.click();
  }
  for (const one of document.querySelectorAll("details")) one.open = true;`,
  );
  const shown = await tab.value(`Object.fromEntries(
    [...document.querySelectorAll("#accounts tbody")].map((one) => [
      one.dataset.id,
      one.querySelector("th").firstChild.data,
    ]),
  )`);
  HOSTILE_LABELS.forEach((label, at) => assertEquals(shown[`h${at}`], label));
  assertEquals(
    await tab.value(
      "document.querySelectorAll('main img, main svg, main script, body > script:not(#view)').length",
    ),
    0,
  );
  assertEquals(tab.dialogs, []);
  assertEquals(tab.console, []);
});

Deno.test("another origin can neither read, change, nor frame anything", async () => {
  await using test = await startTestGateway({ accounts: ["ada"] });
  const origin = test.gateway.adminOrigin;
  await using foreign = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => {} },
    () =>
      new Response("<!doctype html><title>foreign</title><body>", {
        headers: { "content-type": "text/html" },
      }),
  );
  await using browser = await Chromium.start([
    "--host-resolver-rules=MAP evil.test 127.0.0.1",
  ]);
  await using tab = await Tab.open(browser);
  const { port } = foreign.addr;
  for (const host of ["127.0.0.1", "evil.test"]) {
    await tab.go(`http://${host}:${port}/`);
    const results = await tab.value(`(async () => {
      const origin = ${JSON.stringify(origin)};
      const tried = {};
      const paths = ["/", "/admin/view", "/admin/events", "/admin/page.js"];
      for (const path of paths) {
        for (const mode of ["cors", "no-cors"]) {
          tried[mode + path] = await fetch(origin + path, { mode })
            .then((answer) => answer.text()).catch(() => "refused");
        }
      }
      const json = { "content-type": "application/json" };
      const body = '{"paused":true}';
      const at = origin + "/admin/accounts/ada";
      for (const [method, path, headers] of [
        ["PUT", "/settings", json],
        ["DELETE", "", json],
        ["POST", "/wake", { "x-codaze-x": "1" }],
        ["POST", "/wake", { "content-type": "text/plain" }],
      ]) {
        tried[method + path] = await fetch(at + path, { method, headers, ...method !== "DELETE" && { body } })
          .then((answer) => answer.text()).catch(() => "refused");
      }
      const frame = document.createElement("iframe");
      const loaded = new Promise((resolve) => frame.onload = resolve);
      frame.src = origin + "/";
      document.body.append(frame);
      await loaded;
      try {
        tried.frame = frame.contentDocument?.body.innerText ?? "refused";
      } catch {
        tried.frame = "refused";
      }
      const source = new EventSource(origin + "/admin/events");
      tried.source = await new Promise((resolve) => {
        source.onerror = () => resolve("refused");
        source.addEventListener("view", () => resolve("open"));
      });
      source.close();
      return tried;
    })()`);
    for (const [what, text] of Object.entries(results)) {
      // An opaque answer has no text.
      assert(text === "refused" || text === "", `${host} ${what}: ${text}`);
    }
  }
  const { ada } = await test.views();
  assertEquals(ada?.["paused"], false);
  assertEquals(test.gateway.registry.accounts().length, 1);

  // A rebound name: the browser takes it for the page's own origin.
  await tab.go(`http://evil.test:${new URL(origin).port}/`);
  const text = await tab.value("document.body.innerText");
  assert(/"code":\s*"host_not_allowed"/.test(text), text);
});

Deno.test("no answer of the admin port, and no word of the page, has a token", async () => {
  await using test = await startTellingPool();
  await using browser = await Chromium.start();
  await using tab = await Tab.open(browser);
  await tab.go(`${test.gateway.adminOrigin}/`);
  await tab.until("document.querySelector('#turns tbody tr')");
  await tab.value(
    `for (const one of document.querySelectorAll("[aria-expanded]")) {
    one.click();
  }`,
  );
  const page = await tab.value("document.documentElement.outerHTML");
  const events = await test.admin("/admin/events");
  const reader = events.body?.pipeThrough(new TextDecoderStream()).getReader();
  const texts = [page, (await reader?.read())?.value ?? ""];
  await reader?.cancel();
  for (
    const path of [
      "/",
      "/admin/view",
      "/admin/accounts",
      "/admin/pool",
      "/admin/decisions?full=1",
      "/admin/explain",
      "/admin/status",
      "/admin/usage",
      "/admin/metrics",
      "/admin/accounts/grace/reset-credits",
    ]
  ) {
    texts.push(await (await test.admin(path)).text());
  }
  for (const text of texts) {
    assert(text.length > 100);
    assertNoToken(text, "an answer of the admin port");
    for (const word of ["lorem", "say: done", "Bearer", "authorization"]) {
      assert(!text.includes(word), word);
    }
  }
});
