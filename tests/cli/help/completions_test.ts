/** The scripts, as each shell takes them; a shell that is missing is told. */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { runCodaze } from "../../support/codaze.ts";

async function scriptFor(shell: string): Promise<string> {
  const { code, stdout, stderr } = await runCodaze(["completions", shell]);
  assertEquals([code, stderr], [0, ""]);
  return stdout;
}

for (const shell of ["bash", "zsh", "fish"]) {
  Deno.test(`the completions of ${shell} name commands, options and flags`, async () => {
    const script = await scriptFor(shell);
    const option = shell === "fish" ? "-l fresh" : "--fresh";
    for (const word of ["doctor", "reset-credit", "install", option]) {
      assertStringIncludes(script, word);
    }
    assert(script.includes("log-level"), "a flag");
  });
}
