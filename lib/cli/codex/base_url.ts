/**
 * The base URL in the official client's configuration: whether it leads to the
 * public port, and if not, what is wrong with it. Pure.
 */
import type { Listen } from "../../config/values.ts";
import { addressOf } from "../../protocol/url.ts";

const OPENAI_HOSTS: readonly string[] = ["chatgpt.com", "api.openai.com"];

/** Where the turns of a client go, and its account pages. */
export type BasePath = "/v1" | "/backend-api";

/** The base URL that leads to the public port. */
export function baseUrlOf(listen: Listen, path: BasePath = "/v1"): string {
  return `http://${addressOf(listen)}${path}`;
}

export interface Fault {
  readonly why: string;
  /** Whether turns may work all the same. */
  readonly works: boolean;
}

/** Undefined if the URL leads to the public port. */
export function faultOf(
  given: string,
  listen: Listen,
  expected: BasePath = "/v1",
): Fault | undefined {
  const url = URL.canParse(given) ? new URL(given) : undefined;
  if (url === undefined) return { why: "is not a URL", works: false };
  if (!isLoopback(given)) {
    const whose = OPENAI_HOSTS.includes(url.hostname)
      ? "is OpenAI's own"
      : "is another host";
    return { why: `${whose}, not this gateway`, works: true };
  }
  const port = Number(url.port) || (url.protocol === "https:" ? 443 : 80);
  if (port !== listen.port) {
    return {
      why: `leads to another port than the gateway's, ${addressOf(listen)}`,
      works: false,
    };
  }
  if (url.protocol !== "http:") {
    return {
      why: "is not http, which is all the gateway speaks",
      works: false,
    };
  }
  const path = url.pathname.replace(/\/+$/, "");
  if (path !== expected) {
    return {
      why:
        `has another path than ${expected}, and the gateway answers 404 there`,
      works: false,
    };
  }
  const own = listen.hostname.includes(":")
    ? `[${listen.hostname}]`
    : listen.hostname;
  if (url.hostname === own) return undefined;
  return url.hostname === "localhost"
    ? {
      why: `may lead to the other address of this machine than ${own}`,
      works: true,
    }
    : { why: `is another address than ${own}`, works: false };
}

export function isLoopback(text: string): boolean {
  const host = URL.canParse(text) ? new URL(text).hostname : "";
  return host === "localhost" || host === "[::1]" ||
    /^127(?:\.\d+){3}$/.test(host);
}
