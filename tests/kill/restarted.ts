/** The gateway again, in this process, on the folder of one that was killed. */
import { createRuntime } from "../../lib/cli/process/system.ts";
import { readConfig } from "../../lib/config/config.ts";
import { Gateway } from "../../lib/gateway.ts";
import { FakeLog, type LogLine } from "../support/log.ts";
import { turnAt } from "../support/killable.ts";

export class Restarted implements AsyncDisposable {
  readonly gateway: Gateway;
  readonly log: readonly LogLine[];

  private constructor(gateway: Gateway, log: readonly LogLine[]) {
    this.gateway = gateway;
    this.log = log;
  }

  static async start(flags: readonly string[]): Promise<Restarted> {
    const config = readConfig(flags, () => undefined);
    if (!config.ok) throw new Error(config.error);
    const log = new FakeLog();
    const started = await Gateway.start({
      config: config.value,
      runtime: createRuntime({
        log,
        rootCertificates: [],
        env: () => undefined,
      }),
      version: "0.0.0-test",
    });
    if (!started.ok) throw new Error(started.error);
    return new Restarted(started.value, log.entries);
  }

  turn(): Promise<boolean> {
    return turnAt(`${this.gateway.publicOrigin}/v1`);
  }

  /** The one account as the admin port shows it. */
  async view(): Promise<Record<string, unknown>> {
    const answer = await fetch(`${this.gateway.adminOrigin}/admin/accounts`);
    return (await answer.json()).accounts[0];
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.gateway.stop(0);
  }
}
