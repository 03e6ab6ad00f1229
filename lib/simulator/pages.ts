/**
 * What a person sees in the browser. Nothing on these pages can be clicked:
 * what the person answers is scripted in `sign_in.ts`.
 */

import type { HeaderLine } from "../protocol/headers.ts";
import type { Exchange } from "./exchange.ts";

const HTML_TYPE: HeaderLine = ["content-type", "text/html; charset=utf-8"];

/** `text` is put in as it is; nothing that a caller sent may be in it. */
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
