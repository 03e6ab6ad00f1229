/**
 * Fails when a file of lib/ imports from a higher or the same rank, except from
 * its own folder, or from outside of lib/, or when files import each other in a
 * circle (docs/design.md, "Ranks"). Does not check packages.
 */

/** Folders and top-level files of lib/ by rank. Imports only go down. */
const RANK: ReadonlyMap<string, number> = new Map([
  ["std", -1],
  ["result.ts", -1],
  ["runtime.ts", -1],
  ["one_write.ts", -1.5],
  ["error_text.ts", -2],
  ["counter.ts", -2],
  ["clock.ts", -2],
  ["limits.ts", -2],
  ["recent.ts", -1],
  ["timer_wheel.ts", -2],
  ["under_way.ts", -3],
  ["protocol", 0],
  ["failure", 1],
  ["quota", 1],
  ["policy", 1.5],
  ["accounts", 2],
  ["downstream", 2],
  ["upstream", 3],
  ["usage", 3],
  ["relay", 4],
  ["server", 5],
  ["config", 6],
  ["serving.ts", 7],
  ["later_serving.ts", 7],
  ["components.ts", 7],
  ["gateway.ts", 7],
  ["cli", 8],
]);

/**
 * The wings of a folder, lowest first; "" is the folder itself. A file imports
 * from its own wing and from lower ones.
 */
const WINGS: ReadonlyMap<string, readonly string[]> = new Map([
  ["accounts", ["files", "pool", "state", "refresh", "sync", "import", ""]],
  ["downstream", ["openai", "", "chat"]],
  ["upstream", ["", "auth", "socket", "quota"]],
  ["relay", ["", "websocket"]],
  ["server", ["port", "public", "admin", "view", "page", ""]],
  ["cli", [
    "terminal",
    "log",
    "help",
    "process",
    "codex",
    "pool",
    "watch",
    "top",
    "accounts",
    "usage",
    "decisions",
    "probe",
    "login",
    "import",
    "service",
    "doctor",
    "connect",
    "selftest",
    "setup",
    "",
  ]],
  ["simulator", [
    "model",
    "faults",
    "quota",
    "http",
    "frames",
    "accounts",
    "auth",
    "responses",
    "websocket",
    "",
  ]],
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

/** One line per broken import, and one per circle. */
export function brokenImports(files: readonly SourceFile[]): string[] {
  const imports = new Map(
    files.map(({ path, text }) => [`lib/${path}`, targetsOf(path, text)]),
  );
  const broken = [...imports].flatMap(([path, targets]) =>
    targets.filter((target) => !isAllowed(path, target))
      .map((target) => `${path} must not import ${target}`)
  );
  return [...broken, ...circlesIn(imports)];
}

/** Files that the file imports, as paths in the repository. */
export function targetsOf(path: string, text: string): string[] {
  return importsOf(text).map((specifier) => targetOf(path, specifier))
    .filter((target) => target !== undefined);
}

/** Each circle once, beginning with the file that is met first. */
export function circlesIn(
  imports: ReadonlyMap<string, readonly string[]>,
): string[] {
  const found: string[] = [];
  const done = new Set<string>();
  const way: string[] = [];
  const visit = (path: string) => {
    if (done.has(path)) return;
    const start = way.indexOf(path);
    if (start !== -1) {
      found.push(`a circle: ${[...way.slice(start), path].join(" → ")}`);
      return;
    }
    way.push(path);
    for (const target of imports.get(path) ?? []) visit(target);
    way.pop();
    done.add(path);
  };
  for (const path of imports.keys()) visit(path);
  return found;
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

/** Takes paths in the repository. */
function isAllowed(path: string, target: string): boolean {
  const [from, wing] = roomOf(path);
  if (target.startsWith("deno-std/")) return from === "std";
  if (target === "deno.json") return from === "cli";
  if (!target.startsWith("lib/")) return false;

  const [to, otherWing] = roomOf(target);
  if (from === to) return isLower(otherWing, wing, WINGS.get(from));
  if (from === "simulator") return SIMULATOR.has(to);
  if (to === "simulator") return from === "cli";
  const own = RANK.get(from);
  const other = RANK.get(to);
  if (own === undefined || other === undefined) return false;
  // Treat the files of rank 7 as one folder.
  return other < own || (own === 7 && other === 7);
}

/** A folder of lib/, or a file directly in it; then its wing. */
function roomOf(path: string): readonly [unit: string, wing: string] {
  const [, unit = path, ...rest] = path.split("/");
  return [unit, rest.slice(0, -1).join("/")];
}

/** Whether `wing` is the same as `than` or below it. */
function isLower(
  wing: string,
  than: string,
  wings: readonly string[] | undefined,
): boolean {
  if (wing === than || wings === undefined) return true;
  const own = wings.indexOf(wing);
  return own !== -1 && own < wings.indexOf(than);
}

export async function readFolder(
  folder: string,
  below = "",
): Promise<SourceFile[]> {
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
