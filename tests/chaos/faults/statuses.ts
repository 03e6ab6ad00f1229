/** Answers with a status that is no turn, over HTTP and to a handshake. */
import { prose } from "../speech.ts";
import type { HeaderLines, HttpStage } from "../upstream/stage.ts";
import type { Blame, HttpFault } from "./fault.ts";

/** An answer, and of whom it says something. */
interface Refusal {
  readonly name: string;
  readonly blame: Blame;
  readonly status: number;
  readonly lines?: HeaderLines;
  readonly body: "json" | "page" | "empty";
  readonly error?: Readonly<Record<string, unknown>>;
}

export const REFUSALS: readonly Refusal[] = [
  refusal("400 of the request", "request", 400, {
    type: "invalid_request_error",
    code: "invalid_value",
  }),
  refusal("400 of the context", "request", 400, {
    type: "invalid_request_error",
    code: "context_length_exceeded",
  }),
  page("400 page", "edge", 400),
  refusal("401", "account", 401, { code: "token_expired" }),
  refusal("402", "account", 402, { code: "deactivated_workspace" }),
  page("403 page", "edge", 403),
  refusal("403 of the account", "account", 403, { code: "unusual_activity" }),
  { name: "404 empty", blame: "edge", status: 404, body: "empty" },
  page("404 page", "edge", 404),
  page("408 page", "edge", 408),
  refusal("413", "request", 413, { type: "invalid_request_error" }),
  refusal("429 with a pause", "account", 429, {
    type: "rate_limit_error",
    code: "rate_limit_exceeded",
  }, [["retry-after", "2"]]),
  refusal("429 bare", "account", 429, { code: "rate_limit_exceeded" }),
  refusal("429 of the quota", "account", 429, {
    type: "usage_limit_reached",
    resets_in_seconds: 20,
  }),
  page("429 page", "edge", 429),
  page("431 page", "edge", 431),
  refusal("500", "edge", 500, { type: "server_error" }),
  page("502 page", "edge", 502),
  refusal("503 with a pause", "edge", 503, { code: "server_is_overloaded" }, [
    ["retry-after", "1"],
  ]),
  { name: "503 empty", blame: "edge", status: 503, body: "empty" },
  refusal("529", "edge", 529, { type: "overloaded_error" }),
];

/** Statuses below 400 that answer no turn. */
const NO_ANSWERS: readonly HttpFault[] = [204, 304].map((status) => ({
  name: String(status),
  blame: "edge",
  play: ({ out }) => out.answer(status, [], new Uint8Array()),
}));

const REDIRECTS: readonly HttpFault[] = [301, 302, 307, 308].map((status) => ({
  name: `${status} elsewhere`,
  blame: "edge",
  play: ({ out, trap, speech }) =>
    out.answer(
      status,
      [["location", trap], ["content-type", "text/html"]],
      speech.body(pageText(speech.tag)),
    ),
}));

const OTHERS: readonly HttpFault[] = [
  {
    name: "101",
    blame: "edge",
    only: "http1",
    play: async ({ out }) => {
      await out.connection?.raw(
        "HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: x\r\n\r\n",
      );
      await out.hangUp();
    },
  },
  {
    name: "200 page",
    blame: "edge",
    needs: "stream",
    play: ({ out, speech }) =>
      out.answer(
        200,
        [["content-type", "text/html"]],
        speech.body(pageText(speech.tag)),
      ),
  },
  {
    name: "a refusal that quotes the token",
    blame: "request",
    play: ({ out, speech, bearer }) =>
      out.answer(
        400,
        [["content-type", "application/json"], ["x-quoted", bearer]],
        speech.body(errorText(speech.tag, {
          type: "invalid_request_error",
          message: `bad token ${bearer}`,
        })),
      ),
  },
  {
    name: "a refusal that quotes the prompt",
    blame: "request",
    play: ({ out, speech, prompt }) =>
      out.answer(
        400,
        [["content-type", "application/json"]],
        speech.body(errorText(speech.tag, {
          type: "invalid_request_error",
          message: `bad prompt ${prompt}`,
        })),
      ),
  },
  {
    name: "a refusal cut short",
    blame: "network",
    play: async ({ out, speech, random }) => {
      const body = speech.body(errorText(speech.tag, { type: "server_error" }));
      await out.head(500, [
        ["content-type", "application/json"],
        ["content-length", String(body.length)],
      ]);
      await out.write(body.subarray(0, random.int(body.length)));
      await out.hangUp();
    },
  },
  {
    name: "a refusal of half a megabyte",
    blame: "edge",
    play: ({ out, speech, random }) =>
      out.answer(
        503,
        [["content-type", "text/html"]],
        speech.body(pageText(speech.tag) + prose(random, 10).repeat(30_000)),
      ),
  },
];

export const STATUS_FAULTS: readonly HttpFault[] = [
  ...REFUSALS.map((refusal): HttpFault => ({
    name: refusal.name,
    blame: refusal.blame,
    play: (stage) => refuse(refusal, stage),
  })),
  ...NO_ANSWERS,
  ...REDIRECTS,
  ...OTHERS,
];

async function refuse(refusal: Refusal, { out, speech }: HttpStage) {
  const { lines, text } = answerOf(refusal, speech.tag);
  await out.answer(refusal.status, lines, speech.body(text));
}

/** Lines and body of a refusal; the tag is in both kinds of body. */
export function answerOf(
  { body, lines = [], error = {} }: Refusal,
  tag: string,
): { readonly lines: HeaderLines; readonly text: string } {
  if (body === "empty") return { lines, text: "" };
  return body === "page"
    ? { lines: [["content-type", "text/html"], ...lines], text: pageText(tag) }
    : {
      lines: [["content-type", "application/json"], ...lines],
      text: errorText(tag, error),
    };
}

function errorText(
  tag: string,
  error: Readonly<Record<string, unknown>>,
): string {
  return JSON.stringify({
    error: { message: "upstream refuses", ...error, chaos: tag },
  });
}

function pageText(tag: string): string {
  return `<!DOCTYPE html><title>Just a moment</title><p>"chaos":"${tag}"</p>`;
}

function refusal(
  name: string,
  blame: Blame,
  status: number,
  error: Readonly<Record<string, unknown>>,
  lines: HeaderLines = [],
): Refusal {
  return { name, blame, status, lines, body: "json", error };
}

function page(name: string, blame: Blame, status: number): Refusal {
  return { name, blame, status, body: "page" };
}
