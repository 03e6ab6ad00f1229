import { assertEquals, assertMatch } from "@std/assert";
import { join } from "@std/path";
import { checkCodexConfig } from "../../lib/cli/doctor/codex_config.ts";
import type { Finding, Verdict } from "../../lib/cli/doctor/finding.ts";
import { configOf } from "./pool_support.ts";

const BASE = "http://127.0.0.1:18039/v1";
const OWN = `[model_providers.mine]\nname = "Mine"\n`;

async function check(toml: string | undefined): Promise<Finding | undefined> {
  const home = await Deno.makeTempDir({ prefix: "codaze-test-" });
  try {
    if (toml !== undefined) {
      await Deno.writeTextFile(join(home, "config.toml"), toml);
    }
    const [finding, ...more] = await checkCodexConfig({
      config: configOf([]),
      env: (name) => name === "CODEX_HOME" ? home : undefined,
    });
    assertEquals(more, []);
    return finding;
  } finally {
    await Deno.remove(home, { recursive: true });
  }
}

const CONFIGS: ReadonlyArray<
  readonly [toml: string | undefined, verdict: Verdict, found: RegExp]
> = [
  [`openai_base_url = "${BASE}"`, "ok", /^openai_base_url leads to this/],
  [`openai_base_url = "${BASE}/"`, "ok", /leads to this gateway/],
  [`model_provider = "openai"\nopenai_base_url = "${BASE}"`, "ok", /leads/],
  [
    `profile = "p"\n[profiles.p]\nopenai_base_url = "${BASE}"`,
    "ok",
    /leads to this gateway/,
  ],
  [
    `model_provider = "mine"\n${OWN}base_url = "${BASE}"`,
    "ok",
    /^base_url leads to this gateway$/,
  ],
  [
    `model_provider = "mine"\nmodel_providers.mine = { base_url = "${BASE}" }`,
    "ok",
    /^base_url leads/,
  ],
  [undefined, "warn", /^there is no .*config\.toml: Codex goes to OpenAI/],
  ['model = "gpt-6.2-sol"', "warn", /names no base URL: Codex goes to OpenAI/],
  [
    `openai_base_url = "${BASE}"\nprofile = "p"\n[profiles.p]\nmodel_provider = "mine"\n${OWN}`,
    "warn",
    /^the provider "mine" in .* has no base URL$/,
  ],
  [
    'openai_base_url = "https://me:pw@gateway.example/v1?key=pw"',
    "warn",
    /^openai_base_url "https:\/\/…@gateway\.example\/v1\?…" is another host/,
  ],
  [
    'openai_base_url = "https://chatgpt.com/backend-api/codex"',
    "warn",
    /is OpenAI's own/,
  ],
  [
    'openai_base_url = "http://localhost:18039/v1"',
    "warn",
    /may lead to the other address of this machine than 127\.0\.0\.1$/,
  ],
  [
    'openai_base_url = "http://127.0.0.1:18040/v1"',
    "fail",
    /leads to another port than the gateway's, 127\.0\.0\.1:18039$/,
  ],
  [
    'openai_base_url = "http://[::1]:18039/v1"',
    "fail",
    /is another address than 127\.0\.0\.1$/,
  ],
  ['openai_base_url = "https://127.0.0.1:18039/v1"', "fail", /is not http/],
  ['openai_base_url = "http://127.0.0.1:18039"', "fail", /another path/],
  [
    'openai_base_url = "http://127.0.0.1:18039/backend-api/codex"',
    "fail",
    /has another path than \/v1/,
  ],
  ['openai_base_url = "gateway"', "fail", /is not a URL/],
  [
    `openai_base_url = "${BASE}"\nchatgpt_base_url = "http://127.0.0.1:18039"`,
    "fail",
    /^chatgpt_base_url ".*" has another path than \/backend-api/,
  ],
  [
    `openai_base_url = "${BASE}"\nchatgpt_base_url = "http://127.0.0.1:1/backend-api"`,
    "fail",
    /^chatgpt_base_url ".*" leads to another port .*: Codex then sends no turn/,
  ],
  [
    `openai_base_url = "${BASE}"\nchatgpt_base_url = "http://localhost:18039/backend-api"`,
    "warn",
    /^chatgpt_base_url ".*" may lead to the other address/,
  ],
  [
    `openai_base_url = "${BASE}"\nchatgpt_base_url = "http://127.0.0.1:18039/backend-api"`,
    "ok",
    /^openai_base_url leads to this gateway/,
  ],
  [
    `model_provider = "mine"\n${OWN}base_url = "${BASE}"\nwire_api = "chat"`,
    "fail",
    /^wire_api of the provider "mine" is "chat"/,
  ],
  ['api_key = "sk-secret\n', "warn", /config\.toml is not TOML: near line \d$/],
];

for (const [toml, verdict, found] of CONFIGS) {
  const what = toml?.replaceAll("\n", "; ") ?? "no file";
  Deno.test(`checkCodexConfig() says ${verdict} to ${what}`, async () => {
    const finding = await check(toml);
    assertEquals(finding?.verdict, verdict, finding?.found);
    assertMatch(finding?.found ?? "", found);
    assertEquals(finding?.cure === undefined, verdict === "ok");
    if (/chat"|TOML/.test(finding?.found ?? "")) return;
    if (verdict === "ok") return;
    assertMatch(
      finding?.cure ?? "",
      /"http:\/\/127\.0\.0\.1:18039\/(?:v1|backend-api)"/,
    );
  });
}

Deno.test("checkCodexConfig() minds its own business where no Codex is", async () => {
  const findings = await checkCodexConfig({
    config: configOf([]),
    env: (name) => name === "CODEX_HOME" ? "/nowhere/codex" : undefined,
  });
  assertEquals(findings.map(({ verdict }) => verdict), ["ok"]);
  const homeless = { config: configOf([]), env: () => undefined };
  assertEquals(await checkCodexConfig(homeless), []);
});
