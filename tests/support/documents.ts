/**
 * The documents as a reader sees them: prose, fenced blocks, headings, links.
 *
 * Knows no more of Markdown than these documents use; `deno fmt` keeps them to
 * one way of writing it.
 */
import { join } from "@std/path";

export const ROOT = join(import.meta.dirname ?? "", "../..");

export interface Block {
  readonly language: string;
  readonly text: string;
  /** Where its text begins, counted from 1. */
  readonly line: number;
  /** Whether only a blank line is between the block before and this one. */
  readonly follows: boolean;
  /** The nearest one above; "" if there is none. */
  readonly heading: string;
}

export interface Document {
  /** From the root, with forward slashes. */
  readonly path: string;
  readonly blocks: readonly Block[];
  /** Everything else. */
  readonly prose: string;
}

/** README.md first, then docs/ by name. */
export async function readDocuments(): Promise<readonly Document[]> {
  const entries = await Array.fromAsync(Deno.readDir(join(ROOT, "docs")));
  const names = entries.map(({ name }) => name)
    .filter((name) => name.endsWith(".md"))
    .toSorted();
  const paths = ["README.md", ...names.map((name) => `docs/${name}`)];
  return await Promise.all(paths.map(async (path) => {
    return parse(path, await Deno.readTextFile(join(ROOT, path)));
  }));
}

/** Throws if there is none. */
export async function readDocument(path: string): Promise<Document> {
  const found = (await readDocuments()).find((one) => one.path === path);
  if (found === undefined) throw new Error(`no document ${path}`);
  return found;
}

export function parse(path: string, text: string): Document {
  const blocks: Block[] = [];
  const prose: string[] = [];
  let since = "prose";
  let heading = "";
  let open: { language: string; indent: number; line: number } | undefined;
  let lines: string[] = [];
  for (const [at, line] of text.split("\n").entries()) {
    const [, indent = "", language = ""] = /^( *)```(\w*)/.exec(line) ?? [];
    const isFence = line.trimStart().startsWith("```");
    if (open === undefined && isFence) {
      open = { language, indent: indent.length, line: at + 2 };
      lines = [];
    } else if (open !== undefined && isFence) {
      const { indent: _, ...block } = open;
      blocks.push({
        ...block,
        text: lines.join("\n"),
        follows: since === "block",
        heading,
      });
      since = "block";
      open = undefined;
    } else if (open !== undefined) {
      lines.push(line.slice(open.indent));
    } else {
      prose.push(line);
      heading = /^#+ (.+)$/.exec(line)?.[1] ?? heading;
      if (line.trim() !== "") since = "prose";
    }
  }
  if (open !== undefined) throw new Error(`${path}: a block has no end`);
  return { path, blocks, prose: prose.join("\n") };
}

/** What stands between single backquotes. */
export function codeSpans({ prose }: Document): readonly string[] {
  return [...prose.matchAll(/`([^`]+)`/g)].map(([, span = ""]) =>
    span.replaceAll(/\s+/g, " ")
  );
}

/** Targets of links and images. */
export function linksOf({ prose }: Document): readonly string[] {
  return [...prose.matchAll(/\]\(([^()\s]+)\)/g)].map(([, to = ""]) => to);
}

/** Names of the headings, as GitHub makes them of their words. */
export function anchorsOf({ prose }: Document): readonly string[] {
  const seen = new Map<string, number>();
  return [...prose.matchAll(/^#+ (.+)$/gm)].map(([, heading = ""]) => {
    const name = heading.toLowerCase()
      .replaceAll(/[^\p{L}\p{N}\s_-]/gu, "")
      .replaceAll(" ", "-");
    const before = seen.get(name) ?? 0;
    seen.set(name, before + 1);
    return before === 0 ? name : `${name}-${before}`;
  });
}

/** The rows of every table, each cell trimmed. */
export function tableRows({ prose }: Document): readonly string[][] {
  return prose.split("\n").filter((line) => line.startsWith("|"))
    .map((line) => line.split(/(?<!\\)\|/).slice(1, -1))
    .map((cells) => cells.map((cell) => cell.trim()))
    .filter(([first = ""]) => !/^:?-+:?$/.test(first));
}
