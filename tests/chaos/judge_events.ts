/**
 * The same as `judge_stream.ts` for SDK callers: they get upstream's public
 * events, each as it is but for the one that ends the turn, in a form of ours.
 */
import { type Heard, judgeTags, type StreamVerdict } from "./judge_stream.ts";
import { typeOf } from "./judge_messages.ts";
import { type Speech, TAG, TERMINAL } from "./speech.ts";
import type { Turn } from "./turn.ts";

const decoder = new TextDecoder();
const EVENT = /^event: ([\w.]+)\ndata: ([^\n]*)$/;
const COMMENT = ": keepalive";

export function judgeEvents(turn: Turn, { bytes, end }: Heard): StreamVerdict {
  const blocks = decoder.decode(bytes).split("\n\n");
  const rest = blocks.pop() ?? "";
  const told = blocks.filter((block) => block !== COMMENT);
  const texts = told.flatMap((block) => EVENT.exec(block)?.[2] ?? []);
  const tags = texts.flatMap((text) => [...text.matchAll(TAG)].slice(0, 1));
  const findings = [...judgeTags(turn, tags)];
  const hasContent = tags.length > 0;
  const wrong = told.find((block) => !EVENT.test(block)) ??
    (end === "whole" && rest !== "" ? rest : undefined) ??
    wrongEvent(turn, texts);
  if (wrong !== undefined) {
    const text = `the event ${JSON.stringify(wrong.slice(0, 120))}`;
    findings.push({ kind: "wrong bytes", text });
    return { findings, end: undefined, hasContent };
  }
  const last = texts.at(-1) ?? "";
  if (TERMINAL.has(typeOf(last))) {
    const end = tagOf(last) === undefined ? "gateway" : "upstream";
    return { findings, end, hasContent, words: last.slice(-300) };
  }
  if (end === "left") return { findings, end: "left", hasContent };
  findings.push({
    kind: "never ended",
    text: end === "late"
      ? "nothing more came"
      : `the stream ended without a word (${end})`,
  });
  return { findings, end: undefined, hasContent };
}

/** Undefined if one account said all of them, in this order. */
function wrongEvent(turn: Turn, texts: readonly string[]): string | undefined {
  // Behind the end of a turn there is nothing.
  const over = texts.findIndex((text) => TERMINAL.has(typeOf(text)));
  if (over !== -1 && over < texts.length - 1) return texts[over + 1];
  const theirs = texts.filter((text) => tagOf(text) !== undefined);
  const ours = texts.find((text) =>
    tagOf(text) === undefined && !TERMINAL.has(typeOf(text))
  );
  if (ours !== undefined) return ours;
  let farthest = 0;
  for (const { speech } of turn.attempts) {
    const said = publicOf(speech);
    const [only, ...more] = theirs;
    // The event that ends a turn may be told by itself, as a refusal.
    const isEnd = only !== undefined && more.length === 0 &&
      TERMINAL.has(typeOf(only)) && said.some((text) => isSame(only, text));
    if (isEnd) return undefined;
    const differs = theirs.findIndex((text, at) => !isSame(text, said[at]));
    farthest = Math.max(farthest, differs === -1 ? theirs.length : differs);
  }
  return theirs[farthest];
}

function publicOf({ texts }: Speech): readonly string[] {
  return texts.filter((text) => {
    const type = typeOf(text);
    return type === "error" ||
      type.startsWith("response.") && type !== "response.metadata";
  });
}

/** The end of a turn is filled with its output; all else stays as it is. */
function isSame(got: string, said: string | undefined): boolean {
  if (said === undefined) return false;
  return TERMINAL.has(typeOf(said))
    ? typeOf(got) === typeOf(said) && tagOf(got) === tagOf(said)
    : got === said;
}

function tagOf(text: string): string | undefined {
  return [...text.matchAll(TAG)][0]?.[0];
}
