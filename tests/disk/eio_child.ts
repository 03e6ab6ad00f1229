/**
 * `codaze` on a disk whose syncs fail while a file named by the first argument
 * is there. Needs the permissions of the program itself.
 */
const [flag = "", ...args] = Deno.args;
const { sync } = Deno.FsFile.prototype;

Deno.FsFile.prototype.sync = async function () {
  const broken = await Deno.stat(flag).then(() => true, () => false);
  if (broken) throw new Error("Input/output error (os error 5)");
  return await sync.call(this);
};

const { run } = await import("../../lib/cli/run.ts");
Deno.exit(await run(args));
