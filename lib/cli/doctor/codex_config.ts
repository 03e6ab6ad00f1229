/**
 * Whether the official client's configuration leads to this gateway, and if
 * not, the line to change (docs/client.md, "Addresses and transports").
 *
 * Reads only a few keys and does not validate the rest. Does not see flags of
 * a single run.
 */
import { join } from "@std/path";
import { readRegularFile } from "../../accounts/files/regular_file.ts";
import { type Listen, shownUrl } from "../../config/values.ts";
import { codexHome } from "../codex/codex_home.ts";
import { baseUrlOf, faultOf, isLoopback } from "../codex/base_url.ts";
import { type CodexTarget, readCodexTarget } from "../codex/codex_target.ts";
import { type Finding, voiceOf } from "./finding.ts";
import type { CheckContext } from "./context.ts";

const voice = voiceOf("Codex config");

export async function checkCodexConfig(
  { config, env }: Pick<CheckContext, "config" | "env">,
): Promise<readonly Finding[]> {
  const home = codexHome(env);
  if (home === undefined || config.listen.port === 0) return [];
  const path = join(home, "config.toml");
  const line = (key: string) => `${key} = "${baseUrlOf(config.listen)}"`;
  const top = `put on top of ${path}: ${line("openai_base_url")}`;

  const text = await textOf(path);
  if (text.kind === "unreadable") {
    return [voice.warn(`${path} cannot be read`, "let this user read it")];
  }
  if (text.kind === "absent") {
    return await isThere(home)
      ? [voice.warn(`there is no ${path}: Codex goes to OpenAI directly`, top)]
      : [voice.good(`no Codex here: ${home} is not there`)];
  }
  const target = readCodexTarget(text.value);
  if (!target.ok) {
    const cure = "repair it: Codex may not be able to read it, either";
    return [voice.warn(`${path} is not TOML: ${target.error}`, cure)];
  }
  return [judge(target.value, { path, top, line, listen: config.listen })];
}

interface Place {
  readonly path: string;
  readonly top: string;
  readonly line: (key: string) => string;
  readonly listen: Listen;
}

function judge(target: CodexTarget, place: Place): Finding {
  const { path, top, line, listen } = place;
  const misled = judgeAccountPages(target, place);
  if (misled !== undefined) return misled;
  const { key, baseUrl: given, provider } = target;
  if (given === undefined) {
    return provider === "openai"
      ? voice.warn(
        `${path} names no base URL: Codex goes to OpenAI directly`,
        top,
      )
      : voice.warn(
        `the provider "${provider}" in ${path} has no base URL`,
        `put under [model_providers.${provider}]: ${line("base_url")}`,
      );
  }
  const cure = `in ${path}, ${
    provider === "openai" ? "on top" : `under [model_providers.${provider}]`
  }: ${line(key)}`;
  const fault = faultOf(given, listen);
  if (fault === undefined) {
    return target.wireApi === undefined || target.wireApi === "responses"
      ? voice.good(`${key} leads to this gateway`)
      : voice.fail(
        `wire_api of the provider "${provider}" is "${target.wireApi}", which the gateway does not speak`,
        `under [model_providers.${provider}]: wire_api = "responses"`,
      );
  }
  const found = `${key} "${shownUrl(given)}" ${fault.why}`;
  return fault.works ? voice.warn(found, cure) : voice.fail(found, cure);
}

/** Without its account pages, Codex sends no turn at all. */
function judgeAccountPages(
  { chatgptBaseUrl: given }: CodexTarget,
  { path, listen }: Place,
): Finding | undefined {
  if (given === undefined || !isLoopback(given)) return undefined;
  const fault = faultOf(given, listen, "/backend-api");
  if (fault === undefined) return undefined;
  const key = "chatgpt_base_url";
  const found = `${key} "${shownUrl(given)}" ${fault.why}`;
  const cure = `in ${path}, on top: ${key} = "${
    baseUrlOf(listen, "/backend-api")
  }"; or delete that line`;
  return fault.works
    ? voice.warn(found, cure)
    : voice.fail(`${found}: Codex then sends no turn at all`, cure);
}

/** Far more than a person writes by hand. */
const MAX_BYTES = 8 * 1024 * 1024;

type Text =
  | { readonly kind: "absent" }
  | { readonly kind: "unreadable" }
  | { readonly kind: "there"; readonly value: string };

async function textOf(path: string): Promise<Text> {
  try {
    const read = await readRegularFile(path, MAX_BYTES);
    if (read.kind !== "file") return { kind: "unreadable" };
    return { kind: "there", value: new TextDecoder().decode(read.bytes) };
  } catch (error) {
    const absent = error instanceof Deno.errors.NotFound;
    return { kind: absent ? "absent" : "unreadable" };
  }
}

async function isThere(dir: string): Promise<boolean> {
  const info = await Deno.stat(dir).catch(() => undefined);
  return info !== undefined;
}
