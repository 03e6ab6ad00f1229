/**
 * The npm packages in deno.lock, with their licences from Deno's cache. Fetches
 * nothing.
 */
import { exists } from "@std/fs";
import { join } from "@std/path";
import {
  type JsonObject,
  objectField,
  parseObject,
  stringField,
} from "../../lib/protocol/json.ts";
import { err, ok, type Result } from "../../lib/result.ts";

export interface Package {
  readonly name: string;
  readonly version: string;
  /** `sha512-` and the digest of the tarball in base64. */
  readonly integrity: string;
  /** `name@version` of each package that it depends on. */
  readonly dependencies: readonly string[];
  /** An SPDX expression. */
  readonly licence: string;
  /** The full text of the licence, if the package contains it. */
  readonly licenceText: string | undefined;
  /** Where it is in the npm cache: `registry/name/version`. */
  readonly folder: string;
}

export async function readPackages(
  lock: string,
  npmCache: string,
): Promise<Result<readonly Package[], string>> {
  const npm = objectField(parseObject(lock) ?? {}, "npm");
  if (npm === undefined) return err('Cannot read deno.lock: expected "npm"');

  const packages: Package[] = [];
  for (const key of Object.keys(npm)) {
    const read = await readPackage(key, npm, npmCache);
    if (!read.ok) return read;
    packages.push(read.value);
  }
  return ok(packages);
}

/** `name@version`; peer dependencies follow after an underscore. */
const KEY = /^((?:@[^/@]+\/)?[^/@]+)@([^_]+)/;

async function readPackage(
  key: string,
  npm: JsonObject,
  npmCache: string,
): Promise<Result<Package, string>> {
  const [, name = "", version = ""] = KEY.exec(key) ?? [];
  const entry = objectField(npm, key) ?? {};
  const integrity = stringField(entry, "integrity");
  if (name === "" || integrity === undefined) {
    return err(`Cannot read "${key}" in deno.lock: expected its integrity`);
  }
  const folder = await findFolder(npmCache, join(name, version));
  if (folder === undefined) {
    return err(`Cannot find "${key}" in ${npmCache}: run deno install first`);
  }
  const path = join(npmCache, folder);
  const manifest = await Deno.readTextFile(join(path, "package.json"));
  return ok({
    name,
    version,
    integrity,
    dependencies: dependenciesOf(entry, npm),
    licence: stringField(parseObject(manifest) ?? {}, "license") ?? "",
    licenceText: await readLicence(path),
    folder,
  });
}

/** The cache has one folder per registry. */
async function findFolder(
  npmCache: string,
  path: string,
): Promise<string | undefined> {
  if (!await exists(npmCache)) return undefined;
  for await (const registry of Deno.readDir(npmCache)) {
    const folder = join(registry.name, path);
    if (await exists(join(npmCache, folder, "package.json"))) return folder;
  }
  return undefined;
}

/** The lock leaves out the version if there is only one. */
function dependenciesOf(entry: JsonObject, npm: JsonObject): readonly string[] {
  const { dependencies } = entry;
  if (!Array.isArray(dependencies)) return [];
  return dependencies.flatMap((dependency: unknown) => {
    const key = Object.keys(npm).find((key) =>
      key === dependency || KEY.exec(key)?.[1] === dependency
    );
    const [found] = KEY.exec(key ?? "") ?? [];
    return found === undefined ? [] : [found];
  });
}

async function readLicence(folder: string): Promise<string | undefined> {
  for await (const { name } of Deno.readDir(folder)) {
    if (!/^licen[cs]e(\.\w+)?$/i.test(name)) continue;
    return await Deno.readTextFile(join(folder, name));
  }
  return undefined;
}
