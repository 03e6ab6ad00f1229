/** opencode, the program, with both providers that speak OpenAI's protocol. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { GREETING, KEY, MODEL, serve } from "./harness.mjs";

const PROGRAM = join(process.cwd(), "node_modules", ".bin", "opencode");

async function run(base, npm) {
  const folder = await mkdtemp(join(tmpdir(), "codaze-opencode-"));
  try {
    const provider = {
      npm,
      name: "Codaze",
      options: { baseURL: base, apiKey: KEY },
      models: { [MODEL]: { name: MODEL } },
    };
    await writeFile(
      join(folder, "opencode.json"),
      JSON.stringify({ provider: { codaze: provider }, autoupdate: false }),
    );
    const printed = await outputOf(folder, [
      "run",
      "--model",
      `codaze/${MODEL}`,
      "x",
    ]);
    assert(printed.includes(GREETING), printed.slice(-200));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** All that it prints. Its own folders are in this one. */
function outputOf(folder, args) {
  return new Promise((resolve, reject) => {
    const child = spawn(PROGRAM, args, {
      cwd: folder,
      env: {
        ...process.env,
        HOME: folder,
        OPENCODE_DISABLE_AUTOUPDATE: "1",
        OPENCODE_DISABLE_MODELS_FETCH: "1",
        OPENCODE_DISABLE_LSP_DOWNLOAD: "1",
      },
      stdio: ["ignore", "pipe", "pipe"],
      timeout: 50_000,
    });
    let printed = "";
    child.stdout.on("data", (bytes) => printed += bytes);
    child.stderr.on("data", (bytes) => printed += bytes);
    child.on("error", reject);
    child.on("close", () => resolve(printed));
  });
}

await serve({
  "T34 @ai-sdk/openai": (base) => run(base, "@ai-sdk/openai"),
  "T34 @ai-sdk/openai-compatible": (base) =>
    run(base, "@ai-sdk/openai-compatible"),
});
