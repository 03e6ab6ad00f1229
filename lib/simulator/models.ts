/**
 * The models list: every slug of the official catalogue, with the fields of
 * one entry and none of its long texts (C8).
 */

import { STATUS_CODE } from "@std/http";
import type { JsonObject } from "../protocol/json.ts";
import type { Call } from "./responses.ts";

interface Variation {
  readonly slug: string;
  readonly name: string;
  readonly hidden?: boolean;
  /** Takes a `tools` array instead of an `additional_tools` item. */
  readonly classic?: boolean;
}

const VARIATIONS: readonly Variation[] = [
  { slug: "gpt-6.1-sol", name: "GPT-6.1-Sol" },
  { slug: "gpt-6-astra", name: "GPT-6-Astra" },
  { slug: "gpt-6-sol", name: "GPT-6-Sol" },
  { slug: "gpt-6-luna", name: "GPT-6-Luna" },
  { slug: "gpt-5.6-sol", name: "GPT-5.6-Sol" },
  { slug: "gpt-6.1-terra", name: "GPT-6.1 Terra" },
  { slug: "gpt-5.6-terra", name: "GPT-5.6-Terra" },
  { slug: "gpt-5.6-luna", name: "GPT-5.6-Luna" },
  { slug: "gpt-daybreak-blue-latest", name: "Daybreak Blue", hidden: true },
  { slug: "gpt-daybreak-red-latest", name: "Daybreak Red", hidden: true },
  { slug: "gpt-5.5", name: "GPT-5.5", classic: true },
  { slug: "codex-auto-review", name: "Codex Auto Review", hidden: true },
];

/** The catalogue that is served unless the caller of the simulator has one. */
export const CATALOGUE: readonly JsonObject[] = VARIATIONS.map(entry);

/** `GET …/models`, with 304 for a known ETag (RFC 9110, section 13.1.2). */
export function models({ backend, exchange }: Call): void {
  const etag = ["etag", backend.modelsEtag] as const;
  const known = exchange.recording.header("if-none-match")?.split(/, */) ?? [];
  if (known.includes(backend.modelsEtag)) {
    return exchange.answer(STATUS_CODE.NotModified, [etag], "");
  }
  exchange.json(STATUS_CODE.OK, { models: backend.models }, [etag]);
}

function entry(
  { slug, name, hidden = false, classic = false }: Variation,
  index: number,
): JsonObject {
  return {
    slug,
    display_name: name,
    description: `${name}, simulated.`,
    default_reasoning_level: classic ? "medium" : "low",
    supported_reasoning_levels: [
      { effort: "low", description: "Fast responses with lighter reasoning" },
      { effort: "medium", description: "Balances speed and reasoning depth" },
      { effort: "high", description: "Greater reasoning depth" },
    ],
    shell_type: "unified_exec",
    visibility: hidden ? "hide" : "list",
    supported_in_api: true,
    priority: index + 1,
    additional_speed_tiers: ["fast"],
    service_tiers: [
      { id: "priority", name: "Fast", description: "1.5x speed" },
    ],
    availability_nux: null,
    upgrade: null,
    model_messages: null,
    include_skills_usage_instructions: classic,
    include_plugin_usage_instructions: classic,
    include_apps_usage_instructions: classic,
    default_reasoning_summary: "none",
    support_verbosity: true,
    default_verbosity: "low",
    apply_patch_tool_type: "freeform",
    web_search_tool_type: "text_and_image",
    truncation_policy: { mode: "tokens", limit: 10000 },
    supports_image_detail_original: true,
    context_window: 272000,
    max_context_window: classic ? 272000 : 872000,
    comp_hash: classic ? "2911" : "3000",
    effective_context_window_percent: 95,
    experimental_supported_tools: [],
    input_modalities: ["text", "image"],
    supports_search_tool: true,
    supports_experimental_context: false,
    use_responses_lite: !classic,
    supports_reasoning_effort_updates: !classic,
    node_repl_auto_review_required: false,
    node_repl_disabled: false,
    ...(classic ? {} : { tool_mode: "code_mode_only" }),
    multi_agent_version: classic ? "v1" : "v2",
    base_instructions: `You are a simulation of ${name}.`,
  };
}
