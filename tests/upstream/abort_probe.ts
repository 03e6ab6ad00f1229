/**
 * A program that aborts requests whose answers have begun, behind a collection
 * of garbage, and prints how many of their bodies did not end.
 */
import { fetchPlain } from "../../lib/upstream/fetch_plain.ts";
import { systemRuntime } from "../../lib/runtime.ts";

declare const gc: () => void;

const [url = "", once] = Deno.args;
const quiet = () => {};
const runtime = systemRuntime({
  log: { debug: quiet, info: quiet, warn: quiet, error: quiet },
  rootCertificates: [],
});

async function read(signal: AbortSignal): Promise<void> {
  const answer = await fetchPlain(runtime, {
    method: "POST",
    url: new URL(url),
    headers: [],
    body: new Uint8Array(1),
    signal,
    once: once === "once",
  });
  await answer.bytes();
}

const pause = (ms: number) => new Promise((done) => setTimeout(done, ms));

let left = 0;
for (let count = 0; count < 5; count++) {
  const control = new AbortController();
  let isOver = false;
  void read(control.signal).catch(() => {}).then(() => isOver = true);
  // By then the answer has begun, on any machine that is not at a standstill.
  for (let round = 0; round < 5; round++) {
    await pause(20);
    gc();
  }
  control.abort();
  for (let round = 0; round < 50 && !isOver; round++) await pause(10);
  if (!isOver) left++;
}
// deno-lint-ignore no-console
console.log(left);
Deno.exit();
