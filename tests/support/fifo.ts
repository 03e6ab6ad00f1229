/** FIFOs, which the runtime itself cannot make. */

/** A process of its own has the permission to run `mkfifo`. */
export async function makeFifo(path: string): Promise<void> {
  const code = `const { success } = await new Deno.Command("mkfifo", {
    args: [${JSON.stringify(path)}],
  }).output();
  Deno.exit(success ? 0 : 1);`;
  const { success } = await new Deno.Command("deno", {
    args: ["eval", code],
    stdin: "null",
    stdout: "null",
    stderr: "inherit",
  }).output();
  if (!success) throw new Error(`no FIFO ${path}`);
}
