/** The log messages of operations.md are those of the program. */
import { assert, assertEquals } from "@std/assert";
import { join } from "@std/path";
import { SENTENCES } from "../../lib/cli/log/text_lines.ts";
import { readFolder } from "../../scripts/check_imports.ts";
import { readDocument, ROOT, tableRows } from "../support/documents.ts";

/** Made by the code, not written as a whole in the call. */
const BY_CODE = [
  "turn begins",
  "request begins",
  "turn ended",
  "request ended",
  "a refresh was interrupted, so its token is sent once more",
  "lines of the usage were skipped",
  "cannot move to trash: no space left",
  "cannot copy to trash: no space left",
  "the refresh token in its file was used before, and is not sent again",
  "the auth server gave an unusable refresh token: run codaze login",
];

/** The names in the first column; one that ends in … is the beginning. */
async function documented(): Promise<readonly string[]> {
  const rows = tableRows(await readDocument("docs/operations.md"));
  return rows.filter(([, level = ""]) =>
    /^`(?:debug|info|warn|error)`/.test(level)
  )
    .flatMap(([first = ""]) =>
      [...first.matchAll(/`([^`]+)`/g)].map(([, name = ""]) => name)
    ).filter((name) => !name.startsWith("--"));
}

function isFor(name: string, message: string): boolean {
  return name.endsWith("…")
    ? message.startsWith(name.slice(0, -1))
    : name === message;
}

async function messages(): Promise<readonly string[]> {
  const files = await readFolder(join(ROOT, "lib"));
  const literal =
    /\blog(?:\.(?:debug|info|warn|error)|\[[^;]{1,80}?\])\(\s*"([^"]+)"/g;
  const found = files.filter(({ path }) => !path.startsWith("simulator/"))
    .flatMap(({ text }) =>
      [...text.matchAll(literal)].map(([, message = ""]) => message)
    );
  return [...new Set([...found, ...BY_CODE])];
}

Deno.test("operations.md has every message of the log, and no other", async () => {
  const names = await documented();
  const all = await messages();
  // The pattern finds them all.
  assert(all.length > 60, `${all.length}`);
  assertEquals(
    all.filter((message) => !names.some((name) => isFor(name, message))),
    [],
  );
  assertEquals(
    names.filter((name) => !all.some((message) => isFor(name, message))),
    [],
  );
});

Deno.test("every sentence is that of a message", async () => {
  const all = await messages();
  assertEquals([...SENTENCES.keys()].filter((key) => !all.includes(key)), []);
});
