/** The completions of bash, as bash takes them. */
import { assertEquals } from "@std/assert";
import { runCodaze } from "../../support/codaze.ts";

/** What is typed, and what it may go on with. */
const TYPED: ReadonlyArray<
  readonly [words: readonly string[], found: readonly string[]]
> = [
  [["do"], ["doctor"]],
  [["accounts", "pa"], ["pause"]],
  [["accounts", "--f"], ["--fresh", "--fingerprint-mode"]],
  [["service", ""], ["install", "uninstall", "status", "print"]],
  [["help", "acc"], ["accounts"]],
  [["accounts", "pause", "m"], []],
  [["nothing", "x"], []],
];

const COMPLETE = `
eval "$SCRIPT"
COMP_WORDS=(codaze "$@")
COMP_CWORD=$#
_codaze
printf '%s\\n' "\${COMPREPLY[@]}"
`;

Deno.test("bash completes commands, options and flags", async () => {
  const { stdout: script } = await runCodaze(["completions", "bash"]);
  for (const [words, found] of TYPED) {
    const { code, stdout } = await new Deno.Command("bash", {
      args: ["-c", COMPLETE, "bash", ...words],
      env: { SCRIPT: script },
    }).output();
    const lines = new TextDecoder().decode(stdout).trim().split("\n");
    const got = lines.filter((line) => line !== "");
    assertEquals([code, got], [0, found], words.join(" "));
  }
});
