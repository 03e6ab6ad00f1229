/** When the start tells how to point Codex at the gateway. */
import { assertEquals } from "@std/assert";
import { join } from "@std/path";
import { shouldConnect } from "../../lib/cli/codex/next_step.ts";

const CONFIGS: ReadonlyArray<
  readonly [what: string, toml: string | undefined, should: boolean]
> = [
  ["no file", undefined, true],
  ["another setting", 'model = "gpt-6.2-sol"\n', true],
  ["another port", 'openai_base_url = "http://127.0.0.1:1803/v1"\n', true],
  ["a longer port", 'openai_base_url = "http://127.0.0.1:180390/v1"\n', true],
  ["its line", 'openai_base_url = "http://127.0.0.1:18039/v1"\n', false],
  [
    "a provider",
    "[model_providers.x]\nbase_url='http://localhost:18039/v1'\n",
    false,
  ],
];

for (const [what, toml, should] of CONFIGS) {
  Deno.test(`with ${what} the start ${should ? "tells" : "does not tell"} of codaze connect`, async () => {
    const home = await Deno.makeTempDir({ prefix: "codaze-test-" });
    if (toml !== undefined) {
      await Deno.writeTextFile(join(home, "config.toml"), toml);
    }
    const env = (name: string) => name === "CODEX_HOME" ? home : undefined;
    assertEquals(await shouldConnect(18039, env), should);
    await Deno.remove(home, { recursive: true });
  });
}

Deno.test("without a home folder the start says nothing of it", async () => {
  assertEquals(await shouldConnect(18039, () => undefined), false);
});
