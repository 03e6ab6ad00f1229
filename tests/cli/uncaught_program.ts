/**
 * Throws in every way that nobody can catch, and prints what was counted and
 * logged as JSON. Run by `uncaught_test.ts`.
 */
import { EventEmitter } from "node:events";
import { nextTick } from "node:process";
import { surviveBugs } from "../../lib/cli/process/uncaught.ts";
import { systemRuntime } from "../../lib/runtime.ts";
import { FakeLog } from "../support/log.ts";

const log = new FakeLog();
const runtime = systemRuntime({ log, rootCertificates: [] });
surviveBugs(runtime);

const THROWS: readonly (() => unknown)[] = [
  () => setTimeout(() => fail("in a timer")),
  () => queueMicrotask(() => fail("in a microtask")),
  () => nextTick(() => fail("in a tick of Node's")),
  () => new EventEmitter().emit("error", new TypeError("in an emitter")),
  () => setTimeout(() => new EventEmitter().emit("error", new Error("later"))),
  () => void Promise.reject(new Error("in a promise")),
  () =>
    setTimeout(() => {
      // deno-lint-ignore no-throw-literal
      throw "no error at all";
    }),
  () => setTimeout(() => fail("x".repeat(100_000))),
];

function fail(what: string): void {
  throw new Error(what);
}

for (const thrown of THROWS) {
  setTimeout(thrown);
  await new Promise((resolve) => setTimeout(resolve, 20));
}
const lines = log.entries.filter(({ level }) => level === "error").map((
  { message, fields },
) => `${message}: ${String(fields["reason"]).split("\n", 1)[0]}`);
const counts = Object.fromEntries(runtime.uncaught.entries());
// deno-lint-ignore no-console
console.log(JSON.stringify({ counts, lines }));
