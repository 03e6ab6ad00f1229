import { STATUS_CODE, STATUS_TEXT } from "@std/http";
import {
  type ServerSentEventMessage,
  ServerSentEventParseStream,
  ServerSentEventStream,
} from "@std/http/events";
import { assertEquals } from "@std/assert";
import type { IsAny } from "./is_any.ts";

const typed: IsAny<typeof STATUS_CODE.OK> = false;
const streamTyped: IsAny<typeof ServerSentEventStream> = false;
// Does not compile unless the code is the literal.
const tooMany: 429 = STATUS_CODE.TooManyRequests;

Deno.test("STATUS_TEXT names every STATUS_CODE", () => {
  assertEquals(tooMany, 429);
  assertEquals(STATUS_TEXT[STATUS_CODE.TooManyRequests], "Too Many Requests");
  for (const [name, code] of Object.entries(STATUS_CODE)) {
    assertEquals(typeof STATUS_TEXT[code], "string", name);
  }
  assertEquals([typed, streamTyped], [false, false]);
});

Deno.test("ServerSentEventParseStream reads what ServerSentEventStream writes", async () => {
  const messages: ServerSentEventMessage[] = [
    { event: "a", data: "1\n2" },
    { comment: "still here" },
    { id: "7", retry: 10, data: "{}" },
  ];
  const read = ReadableStream.from(messages)
    .pipeThrough(new ServerSentEventStream())
    .pipeThrough(new ServerSentEventParseStream());
  assertEquals(await Array.fromAsync(read), messages);
});
