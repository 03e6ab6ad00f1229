/** The same as `judge_stream.ts` for the messages of a websocket. */
import { judgeTags, type StreamVerdict } from "./judge_stream.ts";
import { type Speech, TAG, TERMINAL } from "./speech.ts";
import type { Turn } from "./turn.ts";

export interface HeardMessages {
  readonly texts: readonly string[];
  /** `closed`: the socket ended; by whom it is told in `end`. */
  readonly end: "open" | "closed" | "left" | "late";
  /** A close code that sends the caller elsewhere. */
  readonly code: number | undefined;
}

export function judgeMessages(
  turn: Turn,
  { texts, end, code }: HeardMessages,
): StreamVerdict {
  const tags = texts.flatMap((text) => [...text.matchAll(TAG)].slice(0, 1));
  const findings = [...judgeTags(turn, tags)];
  const theirs = texts.filter((text) => text.search(TAG) >= 0);
  const ours = texts.filter((text) => text.search(TAG) < 0);
  const hasContent = theirs.length > 0;
  const isNoisy = turn.attempts.some(({ speech }) => speech.hasNoise);
  const wrong = wrongMessage(turn, theirs) ??
    ours.find((text) => !isOwn(text) && !isNoisy);
  if (wrong !== undefined) {
    const text = `the message ${JSON.stringify(wrong.slice(0, 120))}`;
    findings.push({ kind: "wrong bytes", text });
    return { findings, end: undefined, hasContent };
  }
  const last = typeOf(texts.at(-1) ?? "");
  if (TERMINAL.has(last)) {
    const isOurs = ours.includes(texts.at(-1) ?? "");
    const words = texts.at(-1)?.slice(0, 300) ?? "";
    const end = isOurs ? "gateway" : "upstream";
    return { findings, end, hasContent, words };
  }
  if (end === "left") return { findings, end: "left", hasContent };
  // A close frame is a word: the client resends, or goes elsewhere. Before
  // content it does so at the end of the connection, too.
  if (end === "closed" && (code !== 1006 || !hasContent)) {
    const words = `closed with ${code}`;
    return { findings, end: "gateway", hasContent, words };
  }
  findings.push({
    kind: "never ended",
    text: end === "late"
      ? "nothing more came"
      : `the socket ended without a word (${code})`,
  });
  return { findings, end: undefined, hasContent };
}

/** Undefined if one account said all of them, in this order, from the first. */
function wrongMessage(
  turn: Turn,
  theirs: readonly string[],
): string | undefined {
  let farthest = 0;
  for (const { speech } of turn.attempts) {
    if (theirs.length === 1 && theirs[0] === endOf(speech)) return undefined;
    let at = 0;
    for (const text of speech.texts) {
      if (text === theirs[at]) at++;
      else if (!speech.optional.has(text)) break;
    }
    farthest = Math.max(farthest, at);
  }
  return theirs[farthest];
}

/** The one that ends a turn: a refusal of it may be told by itself. */
function endOf({ texts, end }: Speech): string | undefined {
  return end && texts[end.texts - 1];
}

function isOwn(text: string): boolean {
  const type = typeOf(text);
  return TERMINAL.has(type) || type === "keepalive";
}

export function typeOf(text: string): string {
  return /^\{"type":"([\w.]+)"/.exec(text)?.[1] ?? "";
}
