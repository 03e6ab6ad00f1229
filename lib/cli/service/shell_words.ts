/** Words for a POSIX shell, for commands that a person is to run. Pure. */

export function shellWord(text: string): string {
  return /^[\w./:=,@%+-]+$/.test(text)
    ? text
    : `'${text.replaceAll("'", `'\\''`)}'`;
}
