import { assert, assertEquals } from "@std/assert";
import { seeded } from "../../support/random.ts";
import { streamOf, wholeOf } from "./answers.ts";
import { putTogether, wholeParts } from "./put_together.ts";
import { randomTurn } from "./random_turn.ts";

const TURNS = 500;

Deno.test("chunks put together are the whole answer, whatever the items", () => {
  for (let seed = 0; seed < TURNS; seed++) {
    const why = `seed ${seed}`;
    const random = seeded(seed);
    const { events, items } = randomTurn(random);
    const olderCalls = random.oneIn(4);
    const form = { olderCalls, includeUsage: random.oneIn(2) };
    const stream = streamOf(events, form);
    const seen = wholeParts(wholeOf(events, form), olderCalls);
    assertEquals(putTogether(stream, olderCalls), seen, why);
    assert(stream.endsWith("data: [DONE]\n\n"), why);

    const calls = seen.calls.map((call) => ({
      name: call["function.name"] ?? call["custom.name"],
      input: call["function.arguments"] ?? call["custom.input"],
    }));
    const { text, refusal } = items;
    const told = olderCalls ? items.calls.slice(0, 1) : items.calls;
    assertEquals(calls, [...told], why);
    assertEquals([seen.content, seen.refusal], [text, refusal], why);
  }
});
