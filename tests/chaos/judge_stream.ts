/**
 * Whether what a caller got as a stream is what one account said, byte for
 * byte, with nothing between and behind but the gateway's own events.
 */
import type { End } from "./callers/http_caller.ts";
import type { Finding } from "./findings.ts";
import { type Speech, TAG, TERMINAL } from "./speech.ts";
import type { Turn } from "./turn.ts";

export interface Heard {
  readonly bytes: Uint8Array;
  readonly end: End;
}

/** How a stream ended for its caller. */
export type StreamEnd = "upstream" | "gateway" | "left" | undefined;

export interface StreamVerdict {
  readonly findings: readonly Finding[];
  readonly end: StreamEnd;
  /** Whether anything of upstream's came. */
  readonly hasContent: boolean;
  /** The last of what came, for a person. */
  readonly words?: string;
}

const decoder = new TextDecoder();
const LF = 10;

export function judgeStream(turn: Turn, { bytes, end }: Heard): StreamVerdict {
  const text = decoder.decode(bytes);
  const findings = judgeTags(turn, [...text.matchAll(TAG)]);
  const speakers = turn.attempts.flatMap(({ speech }) => speakersOf(speech));
  const nobody = { said: new Uint8Array(), boundaries: [0], isEnded: false };
  const matches = [...speakers, nobody].map((one) => match(bytes, one));
  const good = matches.find((one) => typeof one === "object");
  const hasContent = text.search(TAG) >= 0;
  if (!good) {
    const offset = Math.max(
      ...matches.filter((one) => typeof one === "number"),
    );
    const near = decoder.decode(bytes.subarray(offset, offset + 80));
    const wrong: Finding = {
      kind: "wrong bytes",
      text: `at byte ${offset} of ${bytes.length}: ${JSON.stringify(near)}`,
    };
    return { findings: [...findings, wrong], end: undefined, hasContent };
  }
  const told = good.end ?? (end === "left" ? "left" : undefined);
  if (told === undefined) {
    const text = end === "late"
      ? "nothing more came"
      : `the stream ended without a word (${end})`;
    return {
      findings: [...findings, { kind: "never ended", text }],
      end: undefined,
      hasContent,
    };
  }
  return { findings, end: told, hasContent, words: text.slice(-300) };
}

/** Events of other turns, of two attempts, or one event twice. */
export function judgeTags(
  turn: Turn,
  tags: readonly RegExpMatchArray[],
): readonly Finding[] {
  const findings: Finding[] = [];
  const [first] = tags;
  const seen = new Set<string>();
  for (const [whole, id, account, attempt] of tags) {
    if (id !== turn.id) {
      findings.push({
        kind: "mixed accounts",
        text: `${whole} is of a turn of another`,
      });
    } else if (account !== first?.[2]) {
      findings.push({
        kind: "mixed accounts",
        text: `${first?.[0]} and ${whole}`,
      });
    } else if (attempt !== first?.[3] || seen.has(whole)) {
      findings.push({ kind: "told twice", text: `${first?.[0]} and ${whole}` });
    }
    seen.add(whole);
  }
  return findings.slice(0, 1);
}

interface Speaker {
  readonly said: Uint8Array;
  readonly boundaries: readonly number[];
  readonly isEnded: boolean;
}

/** The whole of it; and its end alone, as a refusal may be told. */
function speakersOf({ stream, boundaries, end }: Speech): readonly Speaker[] {
  if (!end) return [{ said: stream, boundaries, isEnded: false }];
  const said = stream.subarray(0, end.offset);
  const last = boundaries[boundaries.indexOf(end.offset) - 1] ?? 0;
  return [
    { said, boundaries, isEnded: true },
    { said: said.subarray(last), boundaries: [0], isEnded: true },
  ];
}

/** How it ended, or the offset at which the bytes differ. */
function match(
  got: Uint8Array,
  { said, boundaries, isEnded }: Speaker,
): { readonly end: "upstream" | "gateway" | undefined } | number {
  let at = 0;
  let from = 0;
  while (true) {
    let same = 0;
    while (
      at + same < got.length && from + same < said.length &&
      got[at + same] === said[from + same]
    ) same++;
    if (at + same === got.length) {
      const isOver = isEnded && from + same === said.length;
      return { end: isOver ? "upstream" : undefined };
    }
    // Nothing behind the end of a turn is part of it, whoever says it.
    if (isEnded && from + same === said.length) return at + same;
    const failure = ownEvent(got, skipBlank(got, at + same));
    if (failure?.isFailure && failure.end === got.length) {
      return { end: "gateway" };
    }
    // Its first bytes are like those of the event that comes next.
    const boundary = boundaries.findLast((one) => one <= from + same) ?? 0;
    const start = at + boundary - from;
    const own = boundary < from ? undefined : ownEvent(got, start);
    if (!own) return at + same;
    if (own.isFailure) {
      return own.end === got.length ? { end: "gateway" } : at + same;
    }
    at = own.end;
    from = boundary;
    if (at === got.length) return { end: undefined };
  }
}

/** One line feed of the two may be like that of the event that was cut. */
function skipBlank(got: Uint8Array, at: number): number {
  if (got[at] !== LF) return at;
  return got[at + 1] === LF ? at + 2 : at + 1;
}

/** An event that the gateway may say of its own accord, if one begins here. */
function ownEvent(
  got: Uint8Array,
  at: number,
): { readonly end: number; readonly isFailure: boolean } | undefined {
  const text = decoder.decode(got.subarray(at, at + 4096));
  const [whole = "", name = "", data = ""] =
    /^event: ([\w.]+)\ndata: (\{[^\n]*\})\n\n/.exec(text) ?? [];
  if (whole === "" || data.search(TAG) >= 0) return undefined;
  const isFailure = TERMINAL.has(name);
  if (!isFailure && name !== "keepalive") return undefined;
  const end = at + new TextEncoder().encode(whole).length;
  return { end, isFailure };
}
