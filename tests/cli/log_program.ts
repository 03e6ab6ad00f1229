/**
 * Logs and then ends in the way that its argument names. Run by
 * `log_end_test.ts`.
 */
import { consoleLog } from "../../lib/cli/process/log.ts";
import { untilStopped } from "../../lib/cli/process/signals.ts";
import { surviveBugs } from "../../lib/cli/process/uncaught.ts";
import { fail, print } from "../../lib/cli/terminal/output.ts";
import { systemRuntime } from "../../lib/runtime.ts";

const [way = "", lines = "3"] = Deno.args;
const log = consoleLog({ logFormat: "text", logLevel: "info" });
/** Says it without writing the log lines, as `print` would. */
const say = (text: string) =>
  Deno.stdout.writeSync(new TextEncoder().encode(`${text}\n`));
const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** The first line is written alone, so that the rest have to wait. */
log.info("line 0");
await sleep(0);
for (let at = 1; at < Number(lines); at++) log.info(`line ${at}`);

switch (way) {
  case "end of the program":
    break;
  case "exit":
    Deno.exit(3);
    break;
  case "exit in a timer":
    setTimeout(() => Deno.exit(3));
    await sleep(1000);
    break;
  case "uncaught error":
    setTimeout(() => {
      throw new Error("a bug");
    });
    await sleep(1000);
    break;
  case "rejected promise":
    void Promise.reject(new Error("a bug"));
    await sleep(1000);
    break;
  case "rejected main module":
    throw new Error("a bug");
  case "survived bug":
    surviveBugs(systemRuntime({ log, rootCertificates: [] }));
    setTimeout(() => {
      throw new Error("a bug");
    });
    await sleep(5);
    break;
  case "second signal":
    untilStopped().then(() => {
      say("stopping");
      for (let at = 0; at < 3; at++) log.info(`line ${at}`);
    });
    say("ready");
    await sleep(30_000);
    break;
  case "command that fails":
    Deno.exit(fail("it failed"));
    break;
  case "nobody reads":
    print("ready");
    await Deno.stdin.read(new Uint8Array(1));
    for (let at = 0; at < 100; at++) {
      log.info("to nobody");
      log.warn("to nobody");
      await sleep(1);
    }
    print("still here");
    Deno.exit(0);
}
