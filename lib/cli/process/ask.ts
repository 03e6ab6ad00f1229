/**
 * Questions to a person at a terminal. All readers of the terminal share one,
 * so that none takes a line that is meant for the next.
 */
import { flushLogLines } from "../terminal/log_lines.ts";
import { visible } from "../terminal/text_width.ts";
import { TypedLines } from "../terminal/typed_lines.ts";
import { INTERRUPTED } from "./signals.ts";

/** What the person types. */
export const TYPED = new TypedLines();

/** Whether somebody is there to answer. */
export function isAsked(): boolean {
  return Deno.stdin.isTerminal() && Deno.stdout.isTerminal();
}

/** The answer; empty for just Enter, or at the end of input. */
export async function ask(question: string): Promise<string> {
  flushLogLines();
  Deno.stdout.writeSync(new TextEncoder().encode(`${visible(question)} `));
  // Whoever watches for signals would only note that one came.
  const quit = () => Deno.exit(INTERRUPTED);
  Deno.addSignalListener("SIGINT", quit);
  try {
    const answer = await TYPED.peek();
    TYPED.take();
    return answer ?? "";
  } finally {
    Deno.removeSignalListener("SIGINT", quit);
  }
}

/** `byDefault`: what just Enter means. */
export async function askYes(
  question: string,
  { byDefault }: { readonly byDefault: boolean },
): Promise<boolean> {
  const answer = await ask(`${question} ${byDefault ? "[Y/n]" : "[y/N]"}`);
  return answer === "" ? byDefault : /^y(?:es)?$/i.test(answer);
}
