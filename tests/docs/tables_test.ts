/** Tables of the documents against what they are tables of. */
import { assert, assertEquals } from "@std/assert";
import { join } from "@std/path";
import denoJson from "../../deno.json" with { type: "json" };
import { archiveName, TARGETS } from "../../scripts/compile/targets.ts";
import {
  type Document,
  readDocument,
  readDocuments,
  ROOT,
  tableRows,
} from "../support/documents.ts";

async function firstCells(path: string): Promise<readonly string[]> {
  return tableRows(await readDocument(path)).map(([first = ""]) => first);
}

Deno.test("security.md has every permission of the start task", async () => {
  const cells = await firstCells("docs/security.md");
  const rows = (kind: string) =>
    cells.filter((cell) => cell.startsWith(`${kind}: `)).flatMap((cell) =>
      [...cell.matchAll(/`([^`]+)`/g)].map(([, name]) => name)
    );
  const granted = (flag: string) => {
    const found = denoJson.tasks.start.split(" ")
      .find((word) => word.startsWith(`${flag}=`));
    return found?.slice(flag.length + 1).split(",") ?? [];
  };
  for (const kind of ["net", "env"]) {
    assertEquals(
      rows(kind).toSorted(),
      granted(`--allow-${kind}`).toSorted(),
    );
  }
  const kinds = denoJson.tasks.start.matchAll(/--allow-(\w+)/g);
  assertEquals([...kinds].map(([, kind]) => kind), [
    "net",
    "env",
    "read",
    "write",
  ]);
  assert(cells.includes("read, write"));
});

Deno.test("development.md has every task", async () => {
  const cells = await firstCells("docs/development.md");
  const tasks = cells.flatMap((cell) =>
    /^`deno task (\w+)`$/.exec(cell)?.slice(1) ?? []
  );
  assertEquals(tasks.toSorted(), Object.keys(denoJson.tasks).toSorted());
});

Deno.test("packaging.md has every archive", async () => {
  const { prose } = await readDocument("docs/packaging.md");
  for (const target of TARGETS) {
    assert(prose.includes(`\`${archiveName(target)}\``), target);
  }
});

Deno.test("design.md has every folder and file on top of lib/", async () => {
  const design = await readDocument("docs/design.md");
  const ranks = design.blocks.find(({ text }) => /^8 {2}cli\//m.test(text));
  assert(ranks);
  for await (const { name, isDirectory } of Deno.readDir(join(ROOT, "lib"))) {
    const word = isDirectory ? `${name}/` : name;
    assert(ranks.text.includes(word), word);
  }
});

Deno.test("design.md has every dependency, and what is used of them", async () => {
  const { prose } = await readDocument("docs/design.md");
  for (const [name, target] of Object.entries(denoJson.imports)) {
    const word = target.startsWith("npm:")
      ? target.replace(/^npm:\/?(.+)@([\d.]+)\/?$/, "$1` $2")
      : `${name}\``;
    assert(prose.includes(`\`${word}`), word);
  }
  for (const name of await nodeModules("lib")) {
    assert(prose.includes(`\`${name}\``), name);
  }
});

async function nodeModules(folder: string): Promise<ReadonlySet<string>> {
  const names = new Set<string>();
  for await (const { name, isDirectory } of Deno.readDir(join(ROOT, folder))) {
    const path = `${folder}/${name}`;
    const found = isDirectory
      ? await nodeModules(path)
      : usedNames(path, await Deno.readTextFile(join(ROOT, path)));
    for (const one of found) names.add(one);
  }
  return names;
}

function usedNames(path: string, text: string): readonly string[] {
  if (path.endsWith(".d.ts")) return [];
  return [...text.matchAll(/from "(node:[a-z/]+)"/g)].map(([, name = ""]) =>
    name
  );
}

Deno.test("operations.md has every line of the doctor", async () => {
  const cells = await firstCells("docs/operations.md");
  const lines = new Set(cells.flatMap((cell) => cell.split(", ")));
  const folder = join(ROOT, "lib/cli/doctor");
  for await (const { name: file } of Deno.readDir(folder)) {
    const text = await Deno.readTextFile(join(folder, file));
    for (const [, line = ""] of text.matchAll(/voiceOf\("([^"]+)"\)/g)) {
      assert(lines.has(line), `${file}: ${line}`);
    }
  }
});

Deno.test("the documents name one version of each thing", async () => {
  const ci = await Deno.readTextFile(join(ROOT, ".ci/run"));
  const [deno] = /deno@[\d.]+/.exec(ci) ?? [];
  for (const document of await readDocuments()) {
    for (const [version] of textOf(document).matchAll(/deno@[\d.]+/g)) {
      assertEquals(version, deno, document.path);
    }
  }
});

function textOf({ prose, blocks }: Document): string {
  return [prose, ...blocks.map(({ text }) => text)].join("\n");
}
