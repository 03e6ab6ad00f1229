import { assertEquals } from "@std/assert";
import { releaseNotes, releases } from "../../scripts/release_notes.ts";

const CHANGES = `# Changes

Written for the people who run it.

## Unreleased

- What is to come.

## [0.5.0-rc.1] - 2026-12-24

### Added

- One thing,
  over two lines.

### Fixed

- Another.

## 0.4.0 - 2026-11-22

- A start: ## is no heading here.

## 0.3.0 - 2026-01-01
`;

Deno.test("releases() reads the dated sections, the newest first", () => {
  assertEquals(
    releases(CHANGES).map(({ version, date }) => `${version} ${date}`),
    ["0.5.0-rc.1 2026-12-24", "0.4.0 2026-11-22", "0.3.0 2026-01-01"],
  );
});

const NOTES: ReadonlyArray<[tag: string, notes: string | undefined]> = [
  [
    "v0.5.0-rc.1",
    "# Codaze 0.5.0-rc.1\n\n### Added\n\n- One thing,\n  over two lines.\n\n### Fixed\n\n- Another.\n",
  ],
  ["v0.4.0", "# Codaze 0.4.0\n\n- A start: ## is no heading here.\n"],
  // Without a text, not of this list, not a tag, and not released.
  ["v0.3.0", undefined],
  ["v0.2.0", undefined],
  ["0.4.0", undefined],
  ["vUnreleased", undefined],
];

for (const [tag, notes] of NOTES) {
  Deno.test(`releaseNotes() of ${tag} ${notes ? "is its section" : "is none"}`, () => {
    assertEquals(releaseNotes(tag, CHANGES), notes);
  });
}
