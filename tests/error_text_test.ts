import { assertEquals, assertStringIncludes } from "@std/assert";
import { errorMessage, errorStack, ownMessage } from "../lib/error_text.ts";

Deno.test("errorMessage tells every cause", () => {
  const inner = new Error("refused");
  const middle = new Error("connect", { cause: inner });
  assertEquals(
    errorMessage(new TypeError("fetch failed", { cause: middle })),
    "fetch failed: connect: refused",
  );
  assertEquals(errorMessage("odd"), "odd");
  assertEquals(errorMessage(undefined), "undefined");
});

Deno.test("ownMessage leaves the causes out", () => {
  const error = new Error("outer", { cause: new Error("inner") });
  assertEquals(ownMessage(error), "outer");
  assertEquals(ownMessage("odd"), "odd");
});

Deno.test("errorStack says where, and is never empty", () => {
  const error = new TypeError("a bug");
  assertStringIncludes(errorStack(error), "error_text_test.ts");
  delete error.stack;
  assertEquals(errorStack(error), "TypeError: a bug");
  assertEquals(errorStack("odd"), "odd");
});
