/**
 * The commands that the documents tell a person to type: those of `sh` blocks,
 * and those that stand in the text.
 */
import { codeSpans, type Document } from "../support/documents.ts";

export interface Command {
  readonly document: string;
  readonly line: number;
  /** As printed, with its continuation lines. */
  readonly text: string;
  /** What is said to come out of it: the JSON block right below. */
  readonly output: string | undefined;
}

/** Those of `sh` blocks, in order. */
export function commandsOf({ path, blocks }: Document): readonly Command[] {
  return blocks.flatMap((block, at) => {
    if (block.language !== "sh") return [];
    const next = blocks[at + 1];
    const output = next?.follows && next.language === "json"
      ? next.text
      : undefined;
    const commands = split(block.text).map(({ text, offset }) => ({
      document: path,
      line: block.line + offset,
      text,
    }));
    return commands.map((command, index) => ({
      ...command,
      // A block of several is shown with the output of the last.
      output: index === commands.length - 1 ? output : undefined,
    }));
  });
}

/** A command goes on where its line ends in a backslash. */
function split(
  block: string,
): ReadonlyArray<{ readonly text: string; readonly offset: number }> {
  const commands: { text: string; offset: number }[] = [];
  let continued = false;
  for (const [offset, line] of block.split("\n").entries()) {
    const last = commands.at(-1);
    if (continued && last) last.text += `\n${line}`;
    else if (line.trim() !== "" && !line.startsWith("#")) {
      commands.push({ text: line, offset });
    }
    continued = line.endsWith("\\");
  }
  return commands;
}

/** Commands of ours in the text: `codaze …`, `deno task …`. */
export function mentionedCommands(document: Document): readonly string[] {
  return codeSpans(document).filter((span) =>
    /^(?:codaze|deno task|npx -y deno@\S+ task) /.test(span)
  );
}

/** What changes the shell for the commands behind it, and does nothing else. */
export function isSetting({ text }: Command): boolean {
  return /^(?:alias|export|cd) /.test(text);
}

/** The words of a command that call ours, after `codaze` or its like. */
export function ownWords(text: string): readonly string[] | undefined {
  const flat = text.replaceAll(/\\\n\s*/g, "").trim();
  const [, words] = OWN.exec(flat) ?? [];
  return words?.split(/\s+/).filter((word) => word !== "");
}

/** Variables may stand in front. */
const OWN =
  /^(?:[A-Z_]+=\S+\s+)*(?:codaze|(?:npx -y deno@\S+|deno) task start)(\s[^|]*|$)/;
