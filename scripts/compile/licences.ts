/**
 * The licences of all third-party code in an executable, as a text for its
 * archive.
 */
import type { Package } from "./packages.ts";

/** The licence of Deno and its standard library, which npm does not have. */
const DENO_LICENCE = `MIT License

Copyright 2018-2026 the Deno authors

Permission is hereby granted, free of charge, to any person obtaining a copy of
this software and associated documentation files (the "Software"), to deal in
the Software without restriction, including without limitation the rights to
use, copy, modify, merge, publish, distribute, sublicense, and/or sell copies of
the Software, and to permit persons to whom the Software is furnished to do so,
subject to the following conditions:

The above copyright notice and this permission notice shall be included in all
copies or substantial portions of the Software.

THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR
IMPLIED, INCLUDING BUT NOT LIMITED TO THE WARRANTIES OF MERCHANTABILITY, FITNESS
FOR A PARTICULAR PURPOSE AND NONINFRINGEMENT. IN NO EVENT SHALL THE AUTHORS OR
COPYRIGHT HOLDERS BE LIABLE FOR ANY CLAIM, DAMAGES OR OTHER LIABILITY, WHETHER
IN AN ACTION OF CONTRACT, TORT OR OTHERWISE, ARISING FROM, OUT OF OR IN
CONNECTION WITH THE SOFTWARE OR THE USE OR OTHER DEALINGS IN THE SOFTWARE.
`;

export function licencesText(
  packages: readonly Package[],
  denoVersion: string,
): string {
  const deno = {
    name: "Deno",
    version: denoVersion,
    licence: "MIT",
    licenceText: DENO_LICENCE,
  };
  const sections = [deno, ...packages].map((one) =>
    `## ${one.name} ${one.version}\n\n${one.licence}\n\n` +
    "```text\n" + textOf(one).trim() + "\n```\n"
  );
  return `# Third-party licences\n\n${sections.join("\n")}`;
}

/** `deno-std` consists of files of Deno's standard library. */
function textOf(
  one: Pick<Package, "name" | "licenceText" | "licence">,
): string {
  if (one.licenceText !== undefined) return one.licenceText;
  return one.name === "deno-std" ? DENO_LICENCE : one.licence;
}
