/** What a person does on the page, by mouse and by keyboard. */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { serverError } from "../../lib/simulator/faults/refusals.ts";
import { spentForAnHour } from "../support/faults.ts";
import { startTestGateway, type TestGateway } from "../support/gateway.ts";
import { Chromium } from "./chromium.ts";
import { Tab } from "./tab.ts";
import { readQuota } from "./telling_pool.ts";

type Way = "mouse" | "keyboard";
const WAYS: readonly Way[] = ["mouse", "keyboard"];

/** The buttons of an account, in their order. */
const BUTTONS = ["wake", "pause", "quota", "refresh", "reset", "remove"];

class Person {
  readonly #tab: Tab;
  readonly #way: Way;

  constructor(tab: Tab, way: Way) {
    this.#tab = tab;
    this.#way = way;
  }

  async press(selector: string): Promise<void> {
    await this.#tab.until(
      `document.querySelector(${JSON.stringify(selector)})?.checkVisibility()`,
    );
    if (this.#way === "mouse") return await this.#tab.click(selector);
    await this.#tab.value(
      `document.querySelector(${JSON.stringify(selector)}).focus()`,
    );
    await this.#tab.press("Enter");
  }

  /** Opens an account and presses one of its buttons. */
  async begin(id: string, action: string): Promise<void> {
    const row = `[data-id="${id}"]`;
    const isOpen = await this.#tab.value(
      `!document.querySelector('${row} .more').hidden`,
    );
    if (!isOpen) await this.press(`${row} button`);
    const at = BUTTONS.indexOf(action) + 1;
    await this.press(`${row} .buttons button:nth-child(${at})`);
  }

  async confirm(id: string): Promise<void> {
    await this.press(`[data-id="${id}"] .ask .yes`);
  }

  /** What the row says at last. */
  async said(id: string): Promise<string> {
    const said = `document.querySelector('[data-id="${id}"] .said')`;
    await this.#tab.until(`${said}?.textContent`);
    // Whoever reads with a screen reader is led there.
    await this.#tab.until(`document.activeElement === ${said}`);
    return await this.#tab.value(`${said}.textContent`);
  }

  async does(id: string, action: string): Promise<string> {
    await this.begin(id, action);
    await this.confirm(id);
    return await this.said(id);
  }
}

async function withPage(
  way: Way,
  use: (
    parts: { test: TestGateway; tab: Tab; person: Person },
  ) => Promise<void>,
): Promise<void> {
  await using test = await startTestGateway({
    accounts: ["ada", "bob"],
    warm: true,
    simulated: {
      ada: {
        plan: "plus",
        quota: {
          windows: [{ minutes: 7 * 24 * 60, used: 40, leftMs: 86_400_000 }],
          resetCredits: 2,
        },
      },
      bob: { plan: "plus", quota: {} },
    },
    flags: ["--routing-policy=fill_first"],
  });
  await using browser = await Chromium.start();
  await using tab = await Tab.open(browser);
  await tab.go(`${test.gateway.adminOrigin}/`);
  await tab.until("document.querySelector('[data-id=ada]')");
  await use({ test, tab, person: new Person(tab, way) });
  assertEquals(tab.dialogs, []);
}

function changes(tab: Tab): string[] {
  return tab.requests.filter(({ method }) => method !== "GET")
    .map(({ method, url }) => `${method} ${new URL(url).pathname}`);
}

for (const way of WAYS) {
  Deno.test(`pause, resume and wake by ${way}`, async () => {
    await withPage(way, async ({ test, tab, person }) => {
      assertEquals(await person.does("ada", "pause"), "Paused.");
      assertEquals((await test.views())["ada"]?.["paused"], true);
      await tab.until(
        "document.querySelector('[data-id=ada] .state').innerText === '○ paused'",
      );
      assertEquals(await person.does("ada", "pause"), "Resumed.");
      assertEquals((await test.views())["ada"]?.["paused"], false);

      test.account("ada").fault(spentForAnHour());
      await (await test.turn()).text();
      await tab.until(
        "document.querySelector('[data-id=ada] .state').innerText.includes('used up')",
      );
      assertStringIncludes(await person.does("ada", "wake"), "Awake");
      assertEquals((await test.views())["ada"]?.["serves"], "now");
    });
  });

  Deno.test(`read the quota and refresh the token by ${way}`, async () => {
    await withPage(way, async ({ test, tab, person }) => {
      assertEquals(await person.does("ada", "quota"), "Read just now.");
      await tab.until(
        "document.querySelector('[data-id=ada]').innerText.includes('60 %')",
      );
      const before = test.account("ada").refreshCount;
      assertStringIncludes(await person.does("ada", "refresh"), "on the disk");
      assertEquals(test.account("ada").refreshCount, before + 1);
    });
  });

  Deno.test(`remove by ${way}: only with its label`, async () => {
    await withPage(way, async ({ test, tab, person }) => {
      await person.begin("bob", "remove");
      const yes = "document.querySelector('[data-id=bob] .yes')";
      await tab.type("bo");
      assertEquals(await tab.value(`${yes}.disabled`), true);
      await tab.type("b");
      assertEquals(await tab.value(`${yes}.disabled`), false);
      if (way === "mouse") await person.confirm("bob");
      else await tab.press("Enter");
      await tab.until("!document.querySelector('[data-id=bob]')");
      assertEquals(Object.keys(await test.views()), ["ada"]);
      // The focus is not lost.
      assertEquals(
        await tab.value("document.activeElement.id"),
        "accounts-title",
      );
    });
  });

  Deno.test(`a reset takes two steps by ${way}, and is spent once`, async () => {
    await withPage(way, async ({ test, tab, person }) => {
      await readQuota(test, "ada");
      // The row grows with its figures, and a click must not miss.
      await tab.until(
        "document.querySelector('[data-id=ada]').innerText.includes('60 %')",
      );
      await person.begin("ada", "reset");
      await person.confirm("ada");
      await tab.until(
        "document.querySelector('[data-id=ada] .ask p').innerText.startsWith('Spend')",
      );
      assertEquals(changes(tab).length, 1);
      await person.confirm("ada");
      assertStringIncludes(await person.said("ada"), "Spent");
      const consume = "POST /admin/accounts/ada/reset-credits/consume";
      assertEquals(changes(tab), [consume, consume]);
      const { quota } = (await test.views())["ada"] ?? {};
      assertEquals(JSON.parse(JSON.stringify(quota)).reset_credits, 1);
    });
  });
}

Deno.test("keep and policy are chosen, then confirmed", async () => {
  await withPage("mouse", async ({ test, tab, person }) => {
    await person.press("[data-id=ada] button");
    const choose = (selector: string, value: string) =>
      tab.value(`{
        const one = document.querySelector(${JSON.stringify(selector)});
        one.value = ${JSON.stringify(value)};
        one.dispatchEvent(new Event("change"));
      }`);
    await choose("[data-id=ada] select", "20");
    await person.press("[data-id=ada] .ask button:last-child");
    assertEquals(
      await tab.value("document.querySelector('[data-id=ada] select').value"),
      "0",
    );
    await choose("[data-id=ada] select", "20");
    await person.confirm("ada");
    assertStringIncludes(await person.said("ada"), "20 %");
    assertEquals((await test.views())["ada"]?.["keep"], 20);

    await choose("#policy", "round_robin");
    await person.press("#policy-ask .yes");
    await tab.until("document.querySelector('#policy-ask .said').textContent");
    const policy = await test.admin("/admin/routing/policy");
    assertEquals(await policy.json(), { routing_policy: "round_robin" });
  });
});

Deno.test("r, p and w ask about the row that has the focus, and only there", async () => {
  await withPage("keyboard", async ({ test, tab, person }) => {
    await tab.value("document.querySelector('[data-id=bob] button').focus()");
    const question = "document.querySelector('[data-id=bob] .ask p').innerText";
    for (const [key, word] of [["r", "left?"], ["w", "Wake"], ["p", "Pause"]]) {
      await tab.press(key ?? "");
      await tab.until(`${question}.includes(${JSON.stringify(word)})`);
      if (key === "p") break;
      await tab.press("Escape");
      assertEquals(
        await tab.value("document.activeElement.innerText"),
        "Manage",
      );
    }
    await tab.press("Enter");
    assertEquals(await person.said("bob"), "Paused.");
    assertEquals((await test.views())["bob"]?.["paused"], true);

    const sent = changes(tab).length;
    await tab.value(
      "document.querySelector('#explain').closest('details').open = true",
    );
    await tab.value("document.querySelector('[name=model]').focus()");
    for (const key of ["r", "p", "w", "?"]) await tab.press(key);
    assertEquals(await tab.value("document.activeElement.value"), "rpw?");
    assert(await tab.value("document.querySelector('#keys').hidden"));
    await tab.value("document.activeElement.blur()");
    for (const key of ["r", "p", "w", "?"]) await tab.press(key);
    assertEquals(
      await tab.value("document.querySelector('#keys').hidden"),
      false,
    );
    assertEquals(changes(tab).length, sent);
  });
});

Deno.test("a failure is a sentence in the row", async () => {
  await withPage("mouse", async ({ test, person }) => {
    test.account("ada").faultAt("usage", serverError(), Infinity);
    const failed = await person.does("ada", "quota");
    assert(/^Not done \(502\): .+\.$/.test(failed), failed);
    test.account("bob").revoke();
    const dead = await person.does("bob", "refresh");
    assert(/^Not done \(409\): .+\.$/.test(dead), dead);
    await test.gateway.stop(0);
    assertEquals(await person.does("ada", "wake"), "Codaze did not answer.");
  });
});

Deno.test("a double click sends once", async () => {
  await withPage("mouse", async ({ tab, person }) => {
    await person.begin("ada", "pause");
    await tab.click("[data-id=ada] .ask .yes", { times: 2 });
    assertEquals(await person.said("ada"), "Paused.");
    assertEquals(changes(tab), ["PUT /admin/accounts/ada/settings"]);
    // Where one button was, there is none that does something else.
    await person.press("[data-id=bob] button");
    await tab.click("[data-id=bob] .buttons button:nth-child(2)", { times: 2 });
    await tab.until("document.querySelector('[data-id=bob] .ask p')");
    assertEquals(changes(tab).length, 1);
  });
});

Deno.test("the dry run says who would serve", async () => {
  await withPage("mouse", async ({ tab, person }) => {
    await tab.value(
      "document.querySelector('#explain').closest('details').open = true",
    );
    await tab.value("document.querySelector('[name=model]').focus()");
    await tab.type("gpt-6.2-sol");
    await person.press("#explain button");
    await tab.until(
      "document.querySelector('#explained').innerText.includes('ada: ')",
    );
    assertStringIncludes(await tab.text("#explained"), "first by id");
    assertStringIncludes(await tab.text("#explained"), "bob: may serve");
  });
});
