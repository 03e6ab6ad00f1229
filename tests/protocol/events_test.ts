import { isContent } from "../../lib/protocol/events.ts";
import { assertEquals } from "@std/assert";

const CONTENT = [
  "response.output_item.added",
  "response.output_item.done",
  "response.output_text.delta",
  "response.output_text.annotation.added",
  "response.content_part.added",
  "response.reasoning_summary_part.added",
  "response.reasoning_summary_text.delta",
  "response.reasoning_text.delta",
  "response.refusal.delta",
  "response.function_call_arguments.delta",
  "response.custom_tool_call_input.delta",
  "response.web_search_call.in_progress",
  "response.image_generation_call.partial_image",
  "response.mcp_list_tools.in_progress",
  "response.brand_new.delta",
  "image_generation.partial_image",
];

const NONE = [
  "",
  "message",
  "keepalive",
  "ping",
  "codex.rate_limits",
  "response.created",
  "response.queued",
  "response.in_progress",
  "response.metadata",
  "response.brand_new",
  "brand_new.delta",
  "RESPONSE.OUTPUT_ITEM.ADDED",
];

for (const type of [...CONTENT, ...NONE]) {
  const expected = CONTENT.includes(type);
  Deno.test(`"${type}" ${expected ? "carries" : "carries no"} content`, () => {
    assertEquals(isContent(type), expected);
  });
}
