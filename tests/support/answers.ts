/** Answers to turns, as a caller reads them. */
import { assertEquals, assertStringIncludes } from "@std/assert";

/** Reads a turn that went well to its end. */
export async function completed(
  answer: Response | Promise<Response>,
): Promise<void> {
  const response = await answer;
  assertEquals(response.status, 200);
  assertStringIncludes(await response.text(), "response.completed");
}

/** The text of a body; `look` gets what there is after each piece. */
export async function readAll(
  response: Response,
  look: (got: string) => unknown,
): Promise<string> {
  const decoder = new TextDecoder();
  let got = "";
  for await (const piece of response.body ?? []) {
    got += decoder.decode(piece, { stream: true });
    await look(got);
  }
  return got;
}
