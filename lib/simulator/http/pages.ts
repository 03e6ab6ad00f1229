/**
 * What a person sees in the browser. The pages have no controls: `sign_in.ts`
 * scripts what the person decides.
 */

import type { HeaderLine } from "../../protocol/headers.ts";
import type { Exchange } from "./exchange.ts";

const HTML_TYPE: HeaderLine = ["content-type", "text/html; charset=utf-8"];

/** `text` is not escaped, so it must not hold anything that a caller sent. */
export function showPage(
  exchange: Exchange,
  { status, title, text }: {
    readonly status: number;
    readonly title: string;
    readonly text: string;
  },
): void {
  const page = `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><title>${title}</title></head>
<body><h1>${title}</h1><p>${text}</p></body>
</html>
`;
  exchange.answer(status, [HTML_TYPE], page);
}
