/**
 * Fails when a file of lib/ imports from a higher or the same rank, except from
 * its own folder, or from outside of lib/ (docs/design.md, "Ranks"). Does not
 * check packages.
 */

/** Folders and top-level files of lib/ by rank. Imports only go down. */
const RANK: ReadonlyMap<string, number> = new Map([
  ["std", -1],
  ["result.ts", -1],
  ["runtime.ts", -1],
  ["error_text.ts", -1],
  ["tally.ts", -2],
  ["clock.ts", -2],
  ["limits.ts", -2],
  ["protocol", 0],
  ["failure", 1],
  ["accounts", 2],
  ["downstream", 2],
  ["upstream", 3],
  ["relay", 4],
  ["server", 5],
  ["config", 6],
  ["parts.ts", 7],
  ["gateway.ts", 7],
  ["cli", 8],
]);

/** What the simulator may import: it must not depend on the gateway. */
const SIMULATOR: ReadonlySet<string> = new Set([
  "protocol",
  "result.ts",
  "std",
]);

/** Names in deno.json that stand for files of lib/std. */
const DOOR = /^@std\//;

export interface SourceFile {
  /** Relative to lib/, with forward slashes. */
  readonly path: string;
  readonly text: string;
}

/** One line per broken import. */
export function brokenImports(files: readonly SourceFile[]): string[] {
  return files.flatMap(({ path, text }) =>
    importsOf(text).flatMap((specifier) => {
      const target = targetOf(path, specifier);
      return target === undefined || isAllowed(unitOf(path), target)
        ? []
        : [`lib/${path} must not import ${target}`];
    })
  );
}

function importsOf(text: string): string[] {
  const found = text.matchAll(
    /\b(?:import|export)\b[^;"']*?\bfrom\s*["']([^"']+)["']|\bimport\s*\(?\s*["']([^"']+)["']/g,
  );
  return [...found].map(([, from, bare]) => from ?? bare ?? "");
}

/** The imported path in the repository; undefined for packages. */
function targetOf(path: string, specifier: string): string | undefined {
  if (DOOR.test(specifier)) return specifier.replace(DOOR, "lib/std/");
  // The standard library itself, which only lib/std may import.
  if (specifier.startsWith("deno-std/")) return specifier;
  if (!specifier.startsWith(".")) return undefined;
  return new URL(specifier, `file:///lib/${path}`).pathname.slice(1);
}

/** A folder of lib/, or a file directly in it. */
function unitOf(path: string): string {
  return path.split("/", 1)[0] ?? path;
}

function isAllowed(from: string, target: string): boolean {
  if (target.startsWith("deno-std/")) return from === "std";
  if (target === "deno.json") return from === "cli";
  if (!target.startsWith("lib/")) return false;

  const to = unitOf(target.slice("lib/".length));
  if (from === to) return true;
  if (from === "simulator") return SIMULATOR.has(to);
  if (to === "simulator") return from === "cli";
  const own = RANK.get(from);
  const other = RANK.get(to);
  if (own === undefined || other === undefined) return false;
  // Treat the files of rank 7 as one folder.
  return other < own || (own === 7 && other === 7);
}

async function readFolder(folder: string, below = ""): Promise<SourceFile[]> {
  const files: SourceFile[] = [];
  for await (const { name, isDirectory } of Deno.readDir(folder)) {
    const path = `${folder}/${name}`;
    if (isDirectory) files.push(...await readFolder(path, `${below}${name}/`));
    else if (name.endsWith(".ts")) {
      files.push({
        path: `${below}${name}`,
        text: await Deno.readTextFile(path),
      });
    }
  }
  return files;
}

if (import.meta.main) {
  const broken = brokenImports(await readFolder("lib"));
  // deno-lint-ignore no-console
  for (const line of broken) console.error(line);
  Deno.exit(broken.length === 0 ? 0 : 1);
}
