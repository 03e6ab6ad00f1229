/** `1 file`, `2 files`: a number and what it counts. Pure. */
export function counted(count: number, word: string): string {
  return `${count} ${count === 1 ? word : `${word}s`}`;
}
