/**
 * `GET /` of the admin port: the page, its style and its script, with what a
 * browser must know to keep foreign text from becoming code.
 */
import { STATUS_CODE } from "@std/http";
import type { Views } from "../view/view_routes.ts";
import { pageOf } from "./snapshot.ts";
import page from "./index.html" with { type: "text" };
import style from "./page.css" with { type: "text" };
import script from "./page.js" with { type: "text" };

export async function showPage(views: Views): Promise<Response> {
  return file(pageOf(page, await views.view()), "text/html; charset=utf-8");
}

export function showStyle(): Response {
  return file(style, "text/css; charset=utf-8");
}

export function showScript(): Response {
  return file(script, "text/javascript; charset=utf-8");
}

/** The address that people guess. */
export function toPage(): Response {
  return new Response(null, {
    status: STATUS_CODE.PermanentRedirect,
    headers: { location: "/" },
  });
}

/**
 * Nothing but our own files, no inline script or style, no frame, and no text
 * that becomes markup.
 */
const PAGE_HEADERS = {
  "content-security-policy": [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self' data:",
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
    "require-trusted-types-for 'script'",
  ].join("; "),
  "referrer-policy": "no-referrer",
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-resource-policy": "same-origin",
  "permissions-policy": "camera=(), microphone=(), geolocation=()",
} as const;

function file(text: string, type: string): Response {
  return new Response(text, {
    headers: { ...PAGE_HEADERS, "content-type": type },
  });
}
