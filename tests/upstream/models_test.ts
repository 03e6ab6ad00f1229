import { assert, assertEquals } from "@std/assert";
import type { Answer, Failure } from "../../lib/failure/failure.ts";
import { err, ok, type Result } from "../../lib/result.ts";
import { Models } from "../../lib/upstream/models.ts";
import { FakeClock } from "../support/clock.ts";

const HOUR = 3_600_000;

function listOf(...models: readonly unknown[]): Answer {
  return answer(200, JSON.stringify({ models }));
}

function answer(status: number, text: string): Answer {
  const body = new TextEncoder().encode(text);
  return { status, headers: new Headers(), body };
}

/** Answers are given one by one, when the test says so. */
class Upstream {
  readonly clock = new FakeClock();
  readonly asked: PromiseWithResolvers<Result<Answer, Failure>>[] = [];
  readonly models = new Models({
    clock: this.clock.read,
    fetch: () => {
      const flight = Promise.withResolvers<Result<Answer, Failure>>();
      this.asked.push(flight);
      return flight.promise;
    },
  });

  async slugs(): Promise<readonly string[] | string> {
    const list = await this.models.list();
    return list.ok ? list.value.map(({ slug }) => slug) : list.error.kind;
  }
}

const DOWN: Failure = { kind: "transport", message: "down" };

Deno.test("a list does not last longer because the clock was turned back", async () => {
  const upstream = new Upstream();
  const first = upstream.slugs();
  upstream.asked[0]?.resolve(ok(listOf({ slug: "old" })));
  await first;
  upstream.clock.now -= 720 * HOUR;
  upstream.clock.elapsed += 12 * HOUR;
  await upstream.slugs();
  assertEquals(upstream.asked.length, 2);
  upstream.asked[1]?.resolve(err(DOWN));
  await turnOfLoop();
  upstream.clock.now -= 720 * HOUR;
  await upstream.slugs();
  assertEquals(upstream.asked.length, 2, "it has just failed");
  upstream.clock.elapsed += 60_000;
  await upstream.slugs();
  assertEquals(upstream.asked.length, 3);
});

Deno.test("concurrent cold callers are one fetch", async () => {
  const upstream = new Upstream();
  const lists = Array.from({ length: 20 }, () => upstream.slugs());
  upstream.asked[0]?.resolve(ok(listOf({ slug: "a" }, { slug: "b" })));
  for (const list of await Promise.all(lists)) assertEquals(list, ["a", "b"]);
  assertEquals(upstream.asked.length, 1);
});

Deno.test("a list is good for 12 hours, then served once more", async () => {
  const upstream = new Upstream();
  const first = upstream.slugs();
  upstream.asked[0]?.resolve(ok(listOf({ slug: "old" })));
  await first;
  upstream.clock.now += 12 * HOUR - 1;
  assertEquals(await upstream.slugs(), ["old"]);
  assertEquals(upstream.asked.length, 1);

  upstream.clock.now += 1;
  assertEquals(await upstream.slugs(), ["old"]);
  assertEquals(await upstream.slugs(), ["old"]);
  assertEquals(upstream.asked.length, 2, "one fetch, in the background");
  upstream.asked[1]?.resolve(ok(listOf({ slug: "new" })));
  await turnOfLoop();
  assertEquals(await upstream.slugs(), ["new"]);
  assertEquals(upstream.asked.length, 2);
});

Deno.test("an old list survives failures, which are not repeated at once", async () => {
  const upstream = new Upstream();
  const first = upstream.slugs();
  upstream.asked[0]?.resolve(ok(listOf({ slug: "old" })));
  await first;
  upstream.clock.now += 13 * HOUR;
  assertEquals(await upstream.slugs(), ["old"]);
  upstream.asked[1]?.resolve(err(DOWN));
  await turnOfLoop();
  for (let n = 0; n < 5; n++) assertEquals(await upstream.slugs(), ["old"]);
  assertEquals(upstream.asked.length, 2);
  upstream.clock.now += 60_000;
  assertEquals(await upstream.slugs(), ["old"]);
  assertEquals(upstream.asked.length, 3);
  upstream.asked[2]?.resolve(ok(answer(500, "{}")));
  await turnOfLoop();
});

Deno.test("turns do not wait again for a list that was not to be had", async () => {
  const upstream = new Upstream();
  const first = upstream.models.parallelToolCalls("a");
  upstream.asked[0]?.resolve(err(DOWN));
  assertEquals(await first, undefined);
  assertEquals(await upstream.models.parallelToolCalls("a"), undefined);
  assertEquals(upstream.asked.length, 1);
  // A person who asks for the list is told what is.
  const list = upstream.slugs();
  upstream.asked[1]?.resolve(ok(listOf({ slug: "a" })));
  assertEquals(await list, ["a"]);
});

const UNREADABLE: readonly Answer[] = [
  answer(200, ""),
  answer(200, "<html>"),
  answer(200, '{"object":"list","data":[{"id":"a"}]}'),
  answer(200, '{"models":{"a":1}}'),
  answer(304, ""),
];

for (const one of UNREADABLE) {
  const text = new TextDecoder().decode(one.body);
  Deno.test(`a list of "${text}" (${one.status}) is no list`, async () => {
    const upstream = new Upstream();
    const list = upstream.slugs();
    upstream.asked[0]?.resolve(ok(one));
    assertEquals(await list, "no_answer");
    upstream.models.learn(listOf({ slug: "known" }));
    assertEquals(upstream.models.learn(one), false);
    assertEquals(await upstream.slugs(), ["known"]);
  });
}

Deno.test("entries that are no models are left out", async () => {
  const upstream = new Upstream();
  assert(upstream.models.learn(listOf({ slug: "a" }, {}, null, 7, {
    slug: 7,
  }, { slug: "b" })));
  assertEquals(await upstream.slugs(), ["a", "b"]);
});

const PARALLEL: ReadonlyArray<[model: unknown, parallel?: boolean]> = [
  [{ slug: "m", supports_parallel_tool_calls: true }, true],
  [{ slug: "m", supports_parallel_tool_calls: false }, false],
  [{ slug: "m", use_responses_lite: true }, false],
  [
    { slug: "m", use_responses_lite: true, supports_parallel_tool_calls: true },
    true,
  ],
  [{ slug: "m", use_responses_lite: false }],
  [{ slug: "m" }],
  [{ slug: "other", supports_parallel_tool_calls: true }],
];

for (const [model, parallel] of PARALLEL) {
  Deno.test(`parallelToolCalls of ${JSON.stringify(model)}`, async () => {
    const upstream = new Upstream();
    upstream.models.learn(listOf(model));
    assertEquals(await upstream.models.parallelToolCalls("m"), parallel);
  });
}

function turnOfLoop(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 0));
}

Deno.test("a list that is longer than any is not read", () => {
  const padding = " ".repeat(4 * 1024 * 1024);
  const { models } = new Upstream();
  assertEquals(models.learn(listOf({ slug: "one" })), true);
  const long = answer(200, JSON.stringify({ models: [], padding }));
  assertEquals(models.learn(long), false);
});
