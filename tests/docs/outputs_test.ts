/** What the documents show of our output is what is printed. */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { runCodaze } from "../support/codaze.ts";
import { spentForAnHour } from "../support/faults.ts";
import { startTestGateway } from "../support/gateway.ts";
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
  const lines = await shown("docs/operations.md", "turn ended");
  await using test = await startTestGateway({
    accounts: ["ada", "grace"],
    flags: ["--routing-policy=fill_first"],
  });
  test.account("ada").fault(spentForAnHour());
  await (await test.turn()).text();

  const documented = lines.map((line) => {
    const [, level, message, fields = ""] =
      /^\S+ (\w+) +([a-z ]+?)(?= \w+=)(.*)$/.exec(line) ?? [];
    const keys = [...fields.matchAll(/ (\w+)=(?:"[^"]*"|\S+)/g)];
    return [level, message, ...keys.map(([, key]) => key)];
  });
  const messages = documented.map(([, message]) => message);
  const real = test.log.filter(({ message }) => messages.includes(message))
    .map(({ level, message, fields }) => {
      const known = Object.entries(fields).filter(([, value]) =>
        value !== undefined
      );
      return [level, message, ...known.map(([key]) => key)];
    })
    // A good attempt is told at another level.
    .filter(([level]) => level !== "debug");
  assertEquals(documented, real);
});
