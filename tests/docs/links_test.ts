/** Whatever the documents point to is there. */
import { assert, assertEquals } from "@std/assert";
import { exists } from "@std/fs";
import { join } from "@std/path";
import {
  anchorsOf,
  codeSpans,
  type Document,
  linksOf,
  parse,
  readDocument,
  readDocuments,
  ROOT,
} from "../support/documents.ts";

/** Where GitHub shows a file; relative links are resolved against it. */
const BLOB = "https://github.com/owner/name/blob/main/";

/** Its own pages, which a link of a document may lead to. */
const PAGES = [
  "https://github.com/owner/name/releases",
  "https://github.com/owner/name/security/advisories/new",
];

async function brokenLinks(
  document: Document,
  documents: readonly Document[],
): Promise<readonly string[]> {
  const broken: string[] = [];
  for (const link of linksOf(document)) {
    if (/^https:\/\//.test(link)) continue;
    const url = new URL(link, BLOB + document.path);
    if (PAGES.includes(url.href)) continue;
    const path = url.href.replace(/#.*/, "").slice(BLOB.length);
    const anchor = decodeURIComponent(url.hash.slice(1));
    const target = documents.find((one) => one.path === path);
    const isThere = url.href.startsWith(BLOB) && await exists(join(ROOT, path));
    const hasAnchor = anchor === "" ||
      (target !== undefined && anchorsOf(target).includes(anchor));
    if (!isThere || !hasAnchor) broken.push(`${document.path}: ${link}`);
  }
  return broken;
}

Deno.test("every link of the documents leads somewhere", async () => {
  const documents = await readDocuments();
  const broken = await Promise.all(
    documents.map((document) => brokenLinks(document, documents)),
  );
  assertEquals(broken.flat(), []);
});

Deno.test("a broken link is found, and so is a broken anchor", async () => {
  const text = "[a](none.md) [b](api.md#none) [c](api.md#routing-policy)";
  const document = parse("docs/try.md", text);
  assertEquals(await brokenLinks(document, await readDocuments()), [
    "docs/try.md: none.md",
    "docs/try.md: api.md#none",
  ]);
});

Deno.test("the README leads to every document", async () => {
  const [readme, ...others] = await readDocuments();
  assert(readme);
  const links = linksOf(readme).map((link) => link.replace(/#.*/, ""));
  for (const { path } of others) assert(links.includes(path), path);
});

/** Files that are the reader's, or named as an example. */
const NOT_OURS = new Set([
  ".codaze-state.json",
  "account.json",
  "app.json",
  "auth.json",
  "codex.json",
  "opencode.json",
  "NAME.json",
  "codaze.cdx.json",
  "THIRD_PARTY_LICENSES.md",
]);

const FILE = /^(?:[\w.-]+\/)*[\w.-]+\.(?:ts|md|json|yml|lock|service|plist)$/;

Deno.test("every file that the documents name is there", async () => {
  const files = await filesBelow("");
  for (const document of await readDocuments()) {
    for (const span of codeSpans(document)) {
      const isFolder = /^(?:lib|tests|scripts|docs|\.ci|\.github)\//.test(span);
      if (!isFolder && !FILE.test(span) || NOT_OURS.has(span)) continue;
      if (isFolder && !/^[\w./-]+$/.test(span)) continue;
      // In a part of the tree that the text is about.
      const found = files.some((file) =>
        file === span || file.endsWith(`/${span}`) || file.startsWith(span)
      );
      assert(found, `${document.path} names ${span}, which is not there`);
    }
  }
});

Deno.test("every file on the walks of design.md is there", async () => {
  const { blocks } = await readDocument("docs/design.md");
  const walks = blocks.map(({ text }) => text).join("\n");
  const named = [...walks.matchAll(/^ *(\w+\/\w+\.ts) /gm)];
  assert(named.length > 20, `${named.length} files`);
  for (const [, path = ""] of named) {
    assert(await exists(join(ROOT, "lib", path)), path);
  }
});

Deno.test("every test that security.md names is there", async () => {
  const { prose } = await readDocument("docs/security.md");
  const named = [...prose.matchAll(/`(tests\/[\w./]+)`(?:: "([^"]+)")?/g)];
  assert(named.length > 20, `${named.length} tests`);
  for (const [, path = "", name = ""] of named) {
    const text = await Deno.readTextFile(join(ROOT, path));
    assert(text.includes(name), `${path} has no "${name}"`);
  }
});

async function filesBelow(folder: string): Promise<readonly string[]> {
  const files: string[] = [];
  for await (const entry of Deno.readDir(join(ROOT, folder))) {
    const path = folder === "" ? entry.name : `${folder}/${entry.name}`;
    if (path === ".git" || entry.name === "node_modules") continue;
    if (entry.isDirectory) files.push(...await filesBelow(path));
    else files.push(path);
  }
  return files;
}
