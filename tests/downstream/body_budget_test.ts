import { assertEquals } from "@std/assert";
import { BodyBudget } from "../../lib/downstream/body_budget.ts";

Deno.test("BodyBudget counts what is held, and gives it back once", () => {
  const budget = new BodyBudget(10);
  const [one, other] = [budget.open(), budget.open()];
  assertEquals([one.grow(4), other.grow(6), one.grow(1)], [true, true, false]);
  assertEquals([budget.held, budget.refused, one.room], [10, 1, 0]);
  one[Symbol.dispose]();
  one[Symbol.dispose]();
  assertEquals([budget.held, other.room], [6, 4]);
  other[Symbol.dispose]();
  assertEquals(budget.held, 0);
});
