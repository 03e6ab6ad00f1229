/**
 * Fails unless the tag, deno.json and the newest release in docs/changes.md
 * have one version: `deno run --allow-read scripts/check_version.ts v0.4.0`.
 */
import denoJson from "../deno.json" with { type: "json" };
import { newestRelease } from "./release_notes.ts";

/** One line for each disagreement. */
export function disagreements(
  tag: string,
  version: string,
  changes: string,
): readonly string[] {
  const said: string[] = [];
  if (tag !== `v${version}`) {
    said.push(
      `The tag is "${tag}", deno.json says "${version}": expected "v${version}"`,
    );
  }
  const newest = newestRelease(changes);
  if (newest === undefined) {
    said.push(
      `docs/changes.md has no release: expected "## ${version} - YYYY-MM-DD"`,
    );
  } else if (newest.version !== version) {
    said.push(
      `The newest release in docs/changes.md is "${newest.version}", deno.json says "${version}"`,
    );
  }
  return said;
}

async function main([tag]: readonly string[]): Promise<number> {
  if (tag === undefined) return complain("Give the tag, such as v0.4.0", 2);
  const changes = await Deno.readTextFile(
    new URL("../docs/changes.md", import.meta.url),
  );
  const said = disagreements(tag, denoJson.version, changes);
  for (const line of said) complain(line, 1);
  return said.length === 0 ? 0 : 1;
}

function complain(message: string, code: number): number {
  // deno-lint-ignore no-console
  console.error(`check_version: ${message}`);
  return code;
}

if (import.meta.main) Deno.exit(await main(Deno.args));
