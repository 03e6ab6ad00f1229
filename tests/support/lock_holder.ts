/** Holds a lock (flock) on each file named, made if need be, until killed. */

for (const path of Deno.args) {
  const options = { read: true, write: true, create: true };
  const file = await Deno.open(path, options);
  await file.lock(true);
}
// deno-lint-ignore no-console
console.log("all are held");
await new Promise((never) => setTimeout(never, 60_000));
