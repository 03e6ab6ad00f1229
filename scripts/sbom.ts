/**
 * The software bill of materials of an executable: the packages of deno.lock
 * and Deno itself, as CycloneDX 1.6 (ECMA-424). The same commit gives the same
 * text. Run as a program, it prints the bill.
 */
import { join } from "@std/path";
import denoJson from "../deno.json" with { type: "json" };
import { nameUuid } from "../lib/protocol/uuid.ts";
import { readDenoFolders } from "./compile/deno_folders.ts";
import { type Package, readPackages } from "./compile/packages.ts";
import { readSource, type Source } from "./compile/source.ts";

export interface SbomInput {
  /** The version of Codaze. */
  readonly version: string;
  readonly denoVersion: string;
  readonly source: Source;
  readonly packages: readonly Package[];
}

interface Component {
  readonly "bom-ref": string;
  readonly dependsOn: readonly string[];
  readonly [field: string]: unknown;
}

/** Returns JSON text that ends in a line feed. */
export function sbom(input: SbomInput): string {
  const deno = denoComponent(input.denoVersion);
  const packages = input.packages.map(packageComponent);
  const parts = [deno, ...packages];
  const codaze = codazeComponent(input, parts);
  const content = {
    version: 1,
    metadata: {
      timestamp: new Date(input.source.time * 1000).toISOString(),
      component: described(codaze),
    },
    components: parts.map(described),
    dependencies: [codaze, ...parts].map((part) => ({
      ref: part["bom-ref"],
      dependsOn: part.dependsOn,
    })),
  };
  const text = {
    $schema: "http://cyclonedx.org/schema/bom-1.6.schema.json",
    bomFormat: "CycloneDX",
    specVersion: "1.6",
    serialNumber: `urn:uuid:${nameUuid(JSON.stringify(content))}`,
    ...content,
  };
  return `${JSON.stringify(text, null, 2)}\n`;
}

function codazeComponent(
  { version, source }: SbomInput,
  parts: readonly Component[],
): Component {
  const ref = `pkg:generic/codaze@${version}`;
  const commit = source.commit === undefined
    ? {}
    : { properties: [{ name: "codaze:commit", value: source.commit }] };
  return {
    type: "application",
    "bom-ref": ref,
    name: "codaze",
    version,
    licenses: licences("Apache-2.0"),
    purl: ref,
    ...commit,
    dependsOn: parts.map((part) => part["bom-ref"]),
  };
}

/** Deno is a part of every executable. */
function denoComponent(version: string): Component {
  const ref = `pkg:github/denoland/deno@v${version}`;
  return {
    type: "platform",
    "bom-ref": ref,
    name: "deno",
    version,
    licenses: licences("MIT"),
    purl: ref,
    dependsOn: [],
  };
}

function packageComponent(
  { name, version, integrity, licence, dependencies }: Package,
): Component {
  const ref = npmUrl(name, version);
  return {
    type: "library",
    "bom-ref": ref,
    name,
    version,
    hashes: [{ alg: "SHA-512", content: hexOf(integrity) }],
    licenses: licences(licence),
    purl: ref,
    dependsOn: dependencies.map((key) => {
      const at = key.lastIndexOf("@");
      return npmUrl(key.slice(0, at), key.slice(at + 1));
    }),
  };
}

/** A package URL, where the `@` of a scope becomes `%40`. */
function npmUrl(name: string, version: string): string {
  return `pkg:npm/${name.replace(/^@/, "%40")}@${version}`;
}

/** From `sha512-` and base64 (Subresource Integrity) to hexadecimal. */
function hexOf(integrity: string): string {
  return Uint8Array.fromBase64(integrity.replace(/^sha512-/, "")).toHex();
}

function licences(spdx: string): readonly unknown[] {
  if (spdx === "") return [];
  return /\s/.test(spdx) ? [{ expression: spdx }] : [{ license: { id: spdx } }];
}

function described(component: Component): Record<string, unknown> {
  const { dependsOn: _, ...rest } = component;
  return rest;
}

async function main(): Promise<number> {
  const root = join(import.meta.dirname ?? ".", "..");
  const folders = await readDenoFolders(root);
  if (!folders.ok) return complain(folders.error);
  const lock = await Deno.readTextFile(join(root, "deno.lock"));
  const packages = await readPackages(lock, folders.value.npmCache);
  if (!packages.ok) return complain(packages.error);
  const text = sbom({
    version: denoJson.version,
    denoVersion: Deno.version.deno,
    source: await readSource(root),
    packages: packages.value,
  });
  await Deno.stdout.write(new TextEncoder().encode(text));
  return 0;
}

function complain(message: string): number {
  // deno-lint-ignore no-console
  console.error(`sbom: ${message}`);
  return 1;
}

if (import.meta.main) Deno.exit(await main());
