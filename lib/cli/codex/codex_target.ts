/**
 * Where a `config.toml` of the official client sends turns (docs/client.md,
 * "Addresses and transports"). Pure.
 */
import {
  isObject,
  type JsonObject,
  objectField,
  stringField,
} from "../../protocol/json.ts";
import { err, ok, type Result } from "../../result.ts";
import { parse } from "@std/toml";

export interface CodexTarget {
  /** `openai` is the built-in provider. */
  readonly provider: string;
  /** The key that holds the base URL of this provider. */
  readonly key: "openai_base_url" | "base_url";
  readonly baseUrl: string | undefined;
  readonly wireApi: string | undefined;
  /** Moves only the account routes, not the turns. */
  readonly chatgptBaseUrl: string | undefined;
}

/** The error names the line but quotes nothing, as the file may hold keys. */
export function readCodexTarget(text: string): Result<CodexTarget, string> {
  const root = parseToml(text);
  if (!root.ok) return root;
  const profile = profileIn(root.value);
  const setting = (key: string) =>
    stringField(profile, key) ?? stringField(root.value, key);

  const provider = setting("model_provider") ?? "openai";
  const chatgptBaseUrl = setting("chatgpt_base_url");
  if (provider === "openai") {
    return ok({
      provider,
      key: "openai_base_url",
      baseUrl: setting("openai_base_url"),
      wireApi: undefined,
      chatgptBaseUrl,
    });
  }
  const providers = objectField(root.value, "model_providers") ?? {};
  const own = objectField(providers, provider) ?? {};
  return ok({
    provider,
    key: "base_url",
    baseUrl: stringField(own, "base_url"),
    wireApi: stringField(own, "wire_api"),
    chatgptBaseUrl,
  });
}

/** The profile that Codex uses when no flag names one. */
function profileIn(root: JsonObject): JsonObject {
  const name = stringField(root, "profile");
  if (name === undefined) return {};
  return objectField(objectField(root, "profiles") ?? {}, name) ?? {};
}

function parseToml(text: string): Result<JsonObject, string> {
  try {
    const root = parse(text);
    return isObject(root) ? ok(root) : err("it has no keys");
  } catch (error) {
    const message = error instanceof Error ? error.message : "";
    const [, line] = /line (\d+)/.exec(message) ?? [];
    return err(line === undefined ? "it cannot be read" : `near line ${line}`);
  }
}
