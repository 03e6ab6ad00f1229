/**
 * Prints figures about the shape of lib/: files and their lengths, import
 * circles, files with one importer, long functions, fields that anyone can
 * set, and references to documents that are not there.
 *
 * `deno task figures [FOLDER]`; FOLDER is a checkout, this one by default.
 * Reads lines as `deno fmt` lays them out, and is no parser.
 */
import { join } from "@std/path";
import { circlesIn, readFolder, targetsOf } from "./check_imports.ts";

export interface SourceFile {
  /** Relative to lib/, with forward slashes. */
  readonly path: string;
  readonly text: string;
}

/** More lines than this are too many for one function. */
const LONG_FUNCTION = 40;
const SHORT_FILE = 30;

export interface Figures {
  readonly files: number;
  readonly medianLines: number;
  readonly longest: string;
  readonly shortFiles: readonly string[];
  readonly circles: readonly string[];
  /** Files that one other file of lib/ imports, and no test. */
  readonly singleImporter: readonly string[];
  readonly longFunctions: readonly string[];
  readonly mutableFields: readonly string[];
  /** References such as "C14.4", to a document that nobody has. */
  readonly undefinedReferences: readonly string[];
}

/** `tested`: paths of lib/ that tests or scripts import. */
export function figuresOf(
  files: readonly SourceFile[],
  tested: ReadonlySet<string>,
): Figures {
  const imports = new Map(
    files.map(({ path, text }) => [`lib/${path}`, targetsOf(path, text)]),
  );
  const lengths = files.map(({ path, text }) => ({
    path,
    lines: text.split("\n").length - 1,
  })).sort((a, b) => a.lines - b.lines);
  const longest = lengths.at(-1);
  return {
    files: files.length,
    medianLines: lengths[Math.floor(lengths.length / 2)]?.lines ?? 0,
    longest: longest ? `${longest.path} (${longest.lines})` : "",
    shortFiles: lengths.filter(({ lines }) => lines < SHORT_FILE)
      .map(({ path, lines }) => `${path} (${lines})`),
    circles: circlesIn(imports),
    singleImporter: singleImporters(imports)
      .filter((path) => !tested.has(path)),
    longFunctions: files.flatMap(longFunctionsIn),
    mutableFields: files.flatMap(mutableFieldsIn),
    undefinedReferences: files.flatMap(undefinedReferencesIn),
  };
}

function singleImporters(
  imports: ReadonlyMap<string, readonly string[]>,
): string[] {
  const importers = new Map<string, number>();
  for (const targets of imports.values()) {
    for (const target of new Set(targets)) {
      importers.set(target, (importers.get(target) ?? 0) + 1);
    }
  }
  return [...imports.keys()].filter((path) => importers.get(path) === 1);
}

const KEYWORD = /^(?:if|for|while|switch|catch|return|await|throw|else|do)\b/;

/** The first line of a function or a method, with its indentation and name. */
const FUNCTION =
  /^( *)(?:export )?(?:default )?(?:static )?(?:async )?(?:function\*? |get |set )?(#?[A-Za-z_]\w*)(?:<.*)?\(/;

function longFunctionsIn({ path, text }: SourceFile): string[] {
  const lines = text.split("\n");
  return lines.flatMap((line, start) => {
    const [, indent = "", name = ""] = FUNCTION.exec(line) ?? [];
    const isFunction = /\bfunction\b/.test(line);
    const isMethod = indent.length === 2 && !KEYWORD.test(line.trim());
    if (name === "" || (!isFunction && !isMethod)) return [];
    const end = lines.indexOf(`${indent}}`, start);
    // A call ends with a semicolon before any closing brace of its own.
    const isCall = lines.slice(start, end).some((one) =>
      one === `${indent});` || (one === line && one.endsWith(";"))
    );
    const length = end - start + 1;
    return end !== -1 && !isCall && length > LONG_FUNCTION
      ? [`${path}: ${name} (${length})`]
      : [];
  });
}

/** A field of a class that is neither private nor readonly. */
const FIELD =
  /^ {2}(?:public |static )?([a-z]\w*)[!?]?(?:: [^()]+)?(?: = .*)?;$/;

function mutableFieldsIn({ path, text }: SourceFile): string[] {
  let isClass = false;
  return text.split("\n").flatMap((line) => {
    if (/^(?:export )?(?:abstract )?class /.test(line)) isClass = true;
    if (line === "}") isClass = false;
    const [, name] = isClass ? FIELD.exec(line) ?? [] : [];
    return name === undefined ? [] : [`${path}: ${name}`];
  });
}

function undefinedReferencesIn({ path, text }: SourceFile): string[] {
  const comments = text.split("\n").filter((line) =>
    /^\s*(?:\/?\*|\/\/)/.test(line)
  );
  return comments.flatMap((line) =>
    [...line.matchAll(/\b[A-H]\d{1,2}(?:\.\d+|[a-z])?\b(?![-/])/g)]
      .map(([reference]) => `${path}: ${reference}`)
  );
}

async function testedFiles(root: string): Promise<ReadonlySet<string>> {
  const tested = new Set<string>();
  for (const folder of ["tests", "scripts"]) {
    for (const { text } of await readFolder(join(root, folder))) {
      for (
        const [, path = ""] of text.matchAll(
          /["'](?:\.\.\/)+(lib\/[^"']+)["']/g,
        )
      ) {
        tested.add(path);
      }
    }
  }
  return tested;
}

if (import.meta.main) {
  const [root = "."] = Deno.args;
  const files = await readFolder(join(root, "lib"));
  const figures = figuresOf(files, await testedFiles(root));
  for (const [name, value] of Object.entries(figures)) {
    const isList = Array.isArray(value);
    // deno-lint-ignore no-console
    console.log(`${name}: ${isList ? value.length : value}`);
    // deno-lint-ignore no-console
    if (isList) { for (const line of value) console.log(`  ${line}`); }
  }
}
