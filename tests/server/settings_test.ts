import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";
import { STATE_FILE } from "../../lib/accounts/state/state_keeper.ts";
import { isObject, parseObject } from "../../lib/protocol/json.ts";
import {
  restartGateway,
  startTestGateway,
  type TestGateway,
} from "../support/gateway.ts";

async function put(
  test: TestGateway,
  path: string,
  body: unknown,
): Promise<{ readonly status: number; readonly body: unknown }> {
  const answer = await test.admin(path, {
    method: "PUT",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
  });
  return { status: answer.status, body: parseObject(await answer.text()) };
}

/** Of an answer, the settings of the account in it. */
function settingsIn(body: unknown): unknown {
  assert(isObject(body) && isObject(body["account"]));
  const { paused, priority, keep, weight } = body["account"];
  return { paused, priority, keep, weight };
}

function messageIn(body: unknown): string {
  assert(isObject(body) && isObject(body["error"]));
  return String(body["error"]["message"]);
}

const UNSET = { paused: false, priority: 0, keep: 0, weight: null };
const SETTINGS = "/admin/accounts/a/settings";

Deno.test("settings are changed one by one, and outlast a restart", async () => {
  await using test = await startTestGateway();
  const steps: ReadonlyArray<[change: unknown, then: unknown]> = [
    [{ paused: true }, { ...UNSET, paused: true }],
    [{ priority: -9, keep: 99 }, {
      ...UNSET,
      paused: true,
      priority: -9,
      keep: 99,
    }],
    [{ paused: false, weight: 0.01 }, {
      paused: false,
      priority: -9,
      keep: 99,
      weight: 0.01,
    }],
    [{ weight: null, keep: 0 }, { ...UNSET, priority: -9 }],
  ];
  for (const [change, then] of steps) {
    const { status, body } = await put(test, SETTINGS, change);
    assertEquals([status, settingsIn(body)], [200, then]);
  }
  // The answer means that they are on disk: not even the stop is waited for.
  await using again = await restartGateway(test);
  assertEquals(settingsIn({ account: (await again.views())["a"] }), {
    ...UNSET,
    priority: -9,
  });
});

const BAD: ReadonlyArray<[body: unknown, says: string]> = [
  [{}, "no setting; expected some of paused, priority, keep, weight"],
  [{ pause: true }, "unknown setting `pause`; expected some of paused"],
  [{ constructor: 1 }, "unknown setting `constructor`"],
  [{ paused: "yes" }, 'paused must be true or false, not `"yes"`'],
  [{ paused: null }, "paused must be true or false, not `null`"],
  [{ priority: 10 }, "priority must be a whole number from -9 to 9, not `10`"],
  [{ priority: 1.5 }, "from -9 to 9, not `1.5`"],
  [{ priority: "1" }, 'from -9 to 9, not `"1"`'],
  [{ keep: -1 }, "keep must be a whole number from 0 to 99, not `-1`"],
  [{ keep: 100 }, "from 0 to 99, not `100`"],
  [{ keep: [20] }, "from 0 to 99, not `[20]`"],
  [{ weight: 0 }, "weight must be a number from 0.01 to 1000, or null"],
  [{ weight: 1001 }, "or null, not `1001`"],
  [{ paused: true, keep: 100 }, "keep must be"],
  [[], "body must be a JSON object"],
];

Deno.test("a setting that is not right changes nothing, and is quoted", async () => {
  await using test = await startTestGateway();
  for (const [bad, says] of BAD) {
    const { status, body } = await put(test, SETTINGS, bad);
    assertEquals(status, 400, says);
    assertStringIncludes(messageIn(body), says);
  }
  const long = await put(test, SETTINGS, { paused: "x".repeat(10_000) });
  assert(messageIn(long.body).length < 300);
  const nobody = await put(test, "/admin/accounts/z/settings", { keep: 1 });
  assertEquals([nobody.status, messageIn(nobody.body)], [
    404,
    "unknown account `z`",
  ]);
  assertEquals(settingsIn({ account: (await test.views())["a"] }), UNSET);
});

Deno.test("a disk that refuses the settings is said, and they hold for now", async () => {
  await using test = await startTestGateway();
  await Deno.mkdir(join(test.dir, STATE_FILE));
  const { status, body } = await put(test, SETTINGS, { paused: true });
  assertEquals([status, settingsIn(body)], [500, { ...UNSET, paused: true }]);
  assertStringIncludes(messageIn(body), "the disk refuses to save it");
});

Deno.test("a paused account gets no new turns, and one preferred gets them first", async () => {
  await using test = await startTestGateway({
    accounts: ["a", "b", "c"],
    warm: true,
  });
  const served = async () => {
    const headers = { "session-id": crypto.randomUUID() };
    await (await test.turn({}, { headers })).text();
    const views = Object.values(await test.views());
    const times = views.map((view) => String(view["last_selected_at"] ?? ""));
    assert(times.some((time) => time !== ""));
    const decisions = await (await test.admin("/admin/decisions?limit=1"))
      .json();
    return decisions.decisions[0].account;
  };
  await put(test, "/admin/accounts/c/settings", { priority: 1 });
  assertEquals([await served(), await served()], ["c", "c"]);
  await put(test, "/admin/accounts/c/settings", { paused: true });
  const others = new Set([await served(), await served()]);
  assert(!others.has("c"), [...others].join());
  assertEquals((await test.views())["c"]?.["serves"], "paused");
});

Deno.test("what a person sets is in the log", async () => {
  await using test = await startTestGateway();
  await put(test, SETTINGS, { keep: 20 });
  await put(test, "/admin/accounts/a/label", { label: "home" });
  await put(test, "/admin/routing/policy", { routing_policy: "fill_first" });
  const lines = test.log.filter(({ message }) => message.endsWith("ed"))
    .map(({ level, message, fields }) =>
      `${level} ${message} ${JSON.stringify(fields)}`
    );
  assertEquals(lines.slice(-3), [
    'info account settings changed {"account":"a","paused":false,"priority":0,"keep":20,"changed":"keep"}',
    'info account renamed {"from":"a","to":"home"}',
    'info routing policy changed {"policy":"fill_first"}',
  ]);
});

const LABELS: ReadonlyArray<[label: unknown, status: number, says: string]> = [
  [undefined, 400, "label must be a string, not `null`"],
  [7, 400, "label must be a string, not `7`"],
  ["  ", 400, "label must not be empty"],
  ["x".repeat(101), 400, "label must have at most 100 characters"],
  ["B", 409, "another account has the label `B`"],
];

Deno.test("a label that is not right changes nothing", async () => {
  await using test = await startTestGateway({ accounts: ["a", "b"] });
  for (const [label, status, says] of LABELS) {
    const answer = await put(test, "/admin/accounts/a/label", { label });
    assertEquals(answer.status, status, says);
    assertStringIncludes(messageIn(answer.body), says);
  }
  const nobody = await put(test, "/admin/accounts/z/label", { label: "c" });
  assertEquals(nobody.status, 404);
  assertEquals((await test.views())["a"]?.["label"], "a");
  // In other capitals it is still its own.
  const own = await put(test, "/admin/accounts/a/label", { label: " A " });
  assertEquals(own.status, 200);
  assertEquals((await test.views())["a"]?.["label"], "A");
});
