/**
 * The catalogue of the official client 0.171.0, in its order, without its long
 * texts: the first model in full, the others by their differences from it.
 */

import type { JsonObject } from "../../protocol/json.ts";

const FAST = { id: "priority", name: "Fast" };
const FAST_6 = [{ ...FAST, description: "1.5x speed" }];
const FAST_5 = [{ ...FAST, description: "1.5x speed, increased usage" }];

const EFFORTS: Readonly<Record<string, string>> = {
  low: "Fast responses with lighter reasoning",
  medium: "Balances speed and reasoning depth for everyday tasks",
  high: "Greater reasoning depth for complex problems",
  xhigh: "Extra high reasoning depth for complex problems",
  max: "Maximum reasoning depth for the hardest problems",
  ultra: "Maximum reasoning with automatic task delegation",
};

const FIRST: JsonObject = {
  slug: "gpt-6.2-sol",
  display_name: "GPT-6.2-Sol",
  description: "Simulated.",
  default_reasoning_level: "low",
  supported_reasoning_levels: effortsUpTo("ultra"),
  shell_type: "unified_exec",
  visibility: "list",
  supported_in_api: true,
  priority: 1,
  additional_speed_tiers: ["fast"],
  service_tiers: [{ ...FAST, description: "2x speed, increased usage" }],
  availability_nux: null,
  upgrade: null,
  model_messages: null,
  include_skills_usage_instructions: false,
  include_plugin_usage_instructions: false,
  include_apps_usage_instructions: false,
  default_reasoning_summary: "none",
  support_verbosity: true,
  default_verbosity: "low",
  apply_patch_tool_type: "freeform",
  web_search_tool_type: "text_and_image",
  truncation_policy: { mode: "tokens", limit: 10000 },
  supports_image_detail_original: true,
  context_window: 500000,
  max_context_window: 872000,
  comp_hash: "3000",
  effective_context_window_percent: 95,
  experimental_supported_tools: [
    "request_user_input_async",
    "send_message_to_user_async",
    "clock",
    "literature_search_query",
    "multi_agent_v2_in_code_mode",
  ],
  input_modalities: ["text", "image"],
  supports_search_tool: true,
  supports_experimental_context: false,
  use_responses_lite: true,
  supports_reasoning_effort_updates: true,
  node_repl_auto_review_required: true,
  node_repl_disabled: false,
  tool_mode: "code_mode_only",
  multi_agent_version: "v2",
  multi_agent_reasoning_effort: "xhigh",
  base_instructions: "You are a simulation.",
};

const CONTEXT = 272000;

/** GPT-6 and 6.1 */
const SIXTH: JsonObject = {
  experimental_supported_tools: ["send_user_message_async", "clock"],
};

const OLD: JsonObject = {
  context_window: CONTEXT,
  supports_reasoning_effort_updates: false,
  multi_agent_reasoning_effort: undefined,
};

/** GPT-6, the smaller ones */
const SIXTH_OLD: JsonObject = {
  ...OLD,
  ...SIXTH,
  default_reasoning_level: "medium",
  service_tiers: FAST_6,
  default_service_tier: "priority",
};

const FIFTH: JsonObject = {
  ...OLD,
  experimental_supported_tools: [],
  service_tiers: FAST_5,
  node_repl_auto_review_required: false,
};

const FIFTH_APPS: JsonObject = {
  ...FIFTH,
  include_plugin_usage_instructions: true,
  include_apps_usage_instructions: true,
};

const CYBER: JsonObject = {
  visibility: "hide",
  additional_speed_tiers: [],
  service_tiers: [],
  model_specialty: "cyber",
};

const DIFFERENT: ReadonlyArray<
  readonly [slug: string, name: string, JsonObject]
> = [
  ["gpt-6.2-astra", "GPT-6.2-Astra", { context_window: CONTEXT }],
  ["gpt-6-astra", "GPT-6-Astra", {
    ...SIXTH,
    priority: 5,
    context_window: CONTEXT,
  }],
  ["gpt-6.1-sol", "GPT-6.1-Sol", { ...SIXTH, priority: 4 }],
  ["gpt-6.1-terra", "GPT-6.1 Terra", {
    ...SIXTH,
    priority: 3,
    service_tiers: FAST_6,
  }],
  ["gpt-6-sol", "GPT-6-Sol", SIXTH_OLD],
  ["gpt-6-luna", "GPT-6-Luna", {
    ...SIXTH_OLD,
    supported_reasoning_levels: effortsUpTo("max"),
    node_repl_auto_review_required: false,
  }],
  ["gpt-5.6-sol", "GPT-5.6-Sol", FIFTH_APPS],
  ["gpt-5.6-terra", "GPT-5.6-Terra", {
    ...FIFTH_APPS,
    default_reasoning_level: "medium",
  }],
  ["gpt-5.6-luna", "GPT-5.6-Luna", {
    ...FIFTH_APPS,
    default_reasoning_level: "medium",
    supported_reasoning_levels: effortsUpTo("max"),
    multi_agent_version: "v1",
  }],
  ["gpt-daybreak-blue-latest", "Daybreak Blue", { ...FIFTH_APPS, ...CYBER }],
  ["gpt-daybreak-red-latest", "Daybreak Red", {
    ...FIFTH,
    ...CYBER,
    default_reasoning_level: "medium",
    default_verbosity: "high",
    context_window: 372000,
    max_context_window: 372000,
  }],
  // Takes a `tools` array instead of an `additional_tools` item.
  ["gpt-5.5", "GPT-5.5", {
    ...FIFTH_APPS,
    default_reasoning_level: "medium",
    supported_reasoning_levels: effortsUpTo("xhigh"),
    include_skills_usage_instructions: true,
    max_context_window: CONTEXT,
    comp_hash: "2911",
    use_responses_lite: false,
    tool_mode: undefined,
    multi_agent_version: undefined,
  }],
  ["codex-auto-review", "Codex Auto Review", {
    ...FIFTH,
    default_reasoning_level: "medium",
    supported_reasoning_levels: effortsUpTo("max"),
    visibility: "hide",
    priority: 43,
    multi_agent_version: "v1",
  }],
];

export const CATALOGUE: readonly JsonObject[] = [
  FIRST,
  ...DIFFERENT.map(([slug, display_name, fields], index) =>
    withoutUndefined({
      ...FIRST,
      priority: index + 2,
      ...fields,
      slug,
      display_name,
    })
  ),
];

function effortsUpTo(last: string): readonly JsonObject[] {
  const all = Object.entries(EFFORTS);
  const end = all.findIndex(([effort]) => effort === last) + 1;
  return all.slice(0, end).map(([effort, description]) => ({
    effort,
    description,
  }));
}

function withoutUndefined(entry: JsonObject): JsonObject {
  return Object.fromEntries(
    Object.entries(entry).filter(([, value]) => value !== undefined),
  );
}
