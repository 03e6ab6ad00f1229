/** What the documents show of our output is what is printed. */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { masked, playDay } from "../support/day.ts";
import { runCodaze } from "../support/codaze.ts";
import { readDocument } from "../support/documents.ts";

async function shown(path: string, word: string): Promise<readonly string[]> {
  const { blocks } = await readDocument(path);
  const found = blocks.find(({ language, text }) =>
    language === "text" && text.includes(word)
  );
  assert(found, `${path} shows no "${word}"`);
  return found.text.split("\n");
}

Deno.test({
  name: "the doctor says what operations.md shows of it",
  // The cure there is that of Linux.
  ignore: Deno.build.os !== "linux",
  async fn() {
    const lines = await shown("docs/operations.md", "is taken by");
    const home = await Deno.makeTempDir({ prefix: "codaze-test-" });
    using other = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    const { port } = other.addr;
    const answering = (async () => {
      for await (const connection of other) connection.close();
    })();
    const { stdout } = await runCodaze([
      "doctor",
      `--listen=127.0.0.1:${port}`,
      "--admin-listen=127.0.0.1:0",
      "--upstream=http://127.0.0.1:9",
      "--auth-issuer=http://127.0.0.1:9",
    ], { env: { HOME: home } });
    other.close();
    await answering;
    await Deno.remove(home, { recursive: true });

    const [found = "", cure = ""] = lines.map((line) =>
      line.replaceAll("18039", String(port))
    );
    // Columns are as wide as what is in them.
    const words = (text: string) => text.trim().split(/\s+/).join(" ");
    assertStringIncludes(words(stdout), words(`${found} ${cure}`));
  },
});

Deno.test("the table of operations.md is that of three accounts", async () => {
  const lines = await shown("docs/operations.md", "out of quota");
  const fixture = new URL("../fixtures/accounts_tables.txt", import.meta.url);
  const [, section] = (await Deno.readTextFile(fixture))
    .split("=== 3 accounts, 80 columns\n");
  const [table] = section?.split("\n\n===") ?? [];
  assertEquals(lines.join("\n"), table);
});

Deno.test("the log has the lines of operations.md", async () => {
  const [day = "", ...documented] = await shown(
    "docs/operations.md",
    "upstream is back",
  );
  const [realDay = "", ...real] = (await playDay()).map(masked);
  const shape = (line: string) => line.replace(/[A-Z][a-z]{2}/g, "Abc");
  assertEquals(shape(masked(day)).split(",")[0], shape(realDay).split(",")[0]);
  for (const line of documented) {
    assert(real.includes(masked(line)), `${line}\n${real.join("\n")}`);
  }
});
