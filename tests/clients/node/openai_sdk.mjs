// deno-lint-ignore-file explicit-module-boundary-types -- no types here
/** The OpenAI SDK as a person would make it, and the errors it throws. */
import OpenAI from "openai";
import { KEY } from "./harness.mjs";

export function sdk(base, options = {}) {
  return new OpenAI({ baseURL: base, apiKey: KEY, maxRetries: 0, ...options });
}

/** One with its own idea of retries, and how often it has asked so far. */
export function counted(base) {
  let requests = 0;
  const client = new OpenAI({
    baseURL: base,
    apiKey: KEY,
    fetch: (url, init) => {
      // The SDK also asks its own `data:` URL what this function can do.
      if (String(url).startsWith("http")) requests++;
      return fetch(url, init);
    },
  });
  return { client, requests: () => requests };
}
