/**
 * The page that the browser shows after signing in. It loads nothing and sends
 * nothing.
 */
import { escape } from "@std/html";
import { STATUS_CODE } from "@std/http";

export interface Page {
  readonly status: number;
  readonly title: string;
  /** Plain text; `renderPage` escapes it. */
  readonly text: string;
  /** Where the browser goes at once. */
  readonly location?: string;
}

/** Keep the page's address, which holds a code, out of referrers and caches. */
const PAGE_HEADERS: Readonly<Record<string, string>> = {
  "content-type": "text/html; charset=utf-8",
  "cache-control": "no-store",
  "content-security-policy":
    "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; " +
    "form-action 'none'; frame-ancestors 'none'",
  "referrer-policy": "no-referrer",
  "x-content-type-options": "nosniff",
};

export function renderPage(
  { status, title, text, location }: Page,
): Response {
  const body = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>${escape(title)} - Codaze</title>
<style>
:root { color-scheme: light dark; font: 1.1rem/1.5 system-ui, sans-serif }
main { max-width: 34rem; margin: 20vh auto 0; padding: 0 1.5rem }
</style>
</head>
<body><main>
<h1>${escape(title)}</h1>
<p>${escape(text)}</p>
</main></body>
</html>
`;
  const headers = new Headers(PAGE_HEADERS);
  if (location !== undefined) headers.set("location", location);
  return new Response(body, { status, headers });
}

/** Leads to the auth server, whose own address is too long to copy. */
export function leadOn(location: string): Page {
  return {
    status: STATUS_CODE.Found,
    title: "Sign in",
    text: "The browser goes on to the sign-in.",
    location,
  };
}

/** For a callback of another sign-in, or one without a code. */
export const STRANGER: Page = {
  status: STATUS_CODE.BadRequest,
  title: "Not this sign-in",
  text: "This address does not belong to the sign-in that is under way. " +
    "Open the address that codaze login has printed.",
};

export const ENDED: Page = {
  status: STATUS_CODE.BadRequest,
  title: "This sign-in is over",
  text: "Nothing was changed. The terminal says how it ended.",
};

/** The person or the auth server said no. */
export const REFUSED: Page = {
  status: STATUS_CODE.Forbidden,
  title: "Not signed in",
  text: "The sign-in was refused. The terminal says why. " +
    "You can close this page.",
};

export const FORBIDDEN: Page = {
  status: STATUS_CODE.Forbidden,
  title: "Not allowed",
  text: "This address takes only the browser that comes back from signing in.",
};

export const NOT_FOUND: Page = {
  status: STATUS_CODE.NotFound,
  title: "Not found",
  text: "Nothing is here.",
};

/** `words`: what the terminal says, too. */
export function signedInPage(words: string): Page {
  return {
    status: STATUS_CODE.OK,
    title: "Signed in",
    text: `${words}. You can close this page.`,
  };
}

export function failedPage(): Page {
  return {
    status: STATUS_CODE.InternalServerError,
    title: "Not signed in",
    text: "The sign-in did not work. The terminal says why, and what to do.",
  };
}
