/**
 * Prints the section of docs/changes.md for a tag, as the text of a release:
 * `deno run --allow-read scripts/release_notes.ts v0.4.0`.
 */

export interface Release {
  readonly version: string;
  /** `YYYY-MM-DD`. */
  readonly date: string;
  /** The text below the heading, without blank lines around it. */
  readonly body: string;
}

/** A heading of Keep a Changelog, with or without brackets. */
const HEADING = /^## \[?(\d+\.\d+\.\d+[^\]\s]*)\]? - (\d{4}-\d{2}-\d{2})$/;

/** The sections of releases, in the order of the file: newest first. */
export function releases(changes: string): readonly Release[] {
  return changes.split(/^(?=## )/m).flatMap((section) => {
    const [heading = "", ...lines] = section.split("\n");
    const [, version, date] = HEADING.exec(heading) ?? [];
    if (version === undefined || date === undefined) return [];
    return [{ version, date, body: lines.join("\n").trim() }];
  });
}

export function newestRelease(changes: string): Release | undefined {
  return releases(changes)[0];
}

/** The text for a tag such as `v0.4.0`; undefined if there is none. */
export function releaseNotes(tag: string, changes: string): string | undefined {
  const release = releases(changes).find(({ version }) =>
    `v${version}` === tag
  );
  if (release === undefined || release.body === "") return undefined;
  return `# Codaze ${release.version}\n\n${release.body}\n`;
}

async function main([tag]: readonly string[]): Promise<number> {
  if (tag === undefined) return complain("Give the tag, such as v0.4.0", 2);
  const changes = await Deno.readTextFile(
    new URL("../docs/changes.md", import.meta.url),
  );
  const notes = releaseNotes(tag, changes);
  if (notes === undefined) {
    return complain(
      `docs/changes.md says nothing of "${tag}": expected "## ${
        tag.replace(/^v/, "")
      } - YYYY-MM-DD" and text below it`,
      1,
    );
  }
  await Deno.stdout.write(new TextEncoder().encode(notes));
  return 0;
}

function complain(message: string, code: number): number {
  // deno-lint-ignore no-console
  console.error(`release_notes: ${message}`);
  return code;
}

if (import.meta.main) Deno.exit(await main(Deno.args));
