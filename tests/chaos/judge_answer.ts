/** Whether what a caller got instead of a stream is an answer, and whose. */
import type { Got } from "./callers/http_caller.ts";
import type { Finding } from "./findings.ts";
import { judgeEvents } from "./judge_events.ts";
import { judgeStream, judgeTags, type StreamVerdict } from "./judge_stream.ts";
import { TAG } from "./speech.ts";
import type { Turn } from "./turn.ts";

const decoder = new TextDecoder();

export interface Expected {
  readonly stream: boolean;
  /** Upstream's own bytes reach a Codex caller; an SDK gets its events. */
  readonly isVerbatim: boolean;
}

export function judgeAnswer(
  turn: Turn,
  got: Got,
  { stream, isVerbatim }: Expected,
): StreamVerdict {
  const { status, headers, body, end } = got;
  const isEvents = headers.get("content-type")?.startsWith("text/event-stream");
  if (status === 200 && isEvents) {
    const heard = { bytes: body, end };
    return isVerbatim ? judgeStream(turn, heard) : judgeEvents(turn, heard);
  }
  const text = decoder.decode(body);
  const tags = [...text.matchAll(TAG)];
  const hasContent = tags.length > 0;
  if (end === "left") return { findings: [], end, hasContent };
  if (end !== "whole") {
    const words = `an answer ${status} that was ${end}`;
    return one({ kind: "never ended", text: words }, hasContent);
  }
  const isAnswer = status >= 400 || (status === 200 && !stream);
  if (!isAnswer) {
    const words = `status ${status} ${headers.get("content-type")}`;
    return one({ kind: "no answer", text: words }, hasContent);
  }
  const findings = [...judgeTags(turn, tags)];
  if (hasContent && isVerbatim && !isSaid(turn, body)) {
    const words = `status ${status}: ${JSON.stringify(text.slice(0, 120))}`;
    findings.push({ kind: "wrong bytes", text: words });
  }
  const words = `${status} ${text.slice(0, 300)}`;
  const told = hasContent ? "upstream" : "gateway";
  return { findings, end: told, hasContent, words };
}

/** By one of them, as a whole; the token that one has quoted is taken out. */
function isSaid(turn: Turn, body: Uint8Array): boolean {
  return turn.attempts.some(({ speech: { whole }, fault }) =>
    fault === "a refusal that quotes the token" ||
    (whole !== undefined && whole.length === body.length &&
      whole.every((byte, at) => byte === body[at]))
  );
}

function one(finding: Finding, hasContent: boolean): StreamVerdict {
  return { findings: [finding], end: undefined, hasContent };
}
