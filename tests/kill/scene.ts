/**
 * One account in a folder of its own, whose access token is no longer there:
 * its next turn begins with a refresh.
 */
import { join } from "@std/path";
import type { SimulatedAccount } from "../../lib/simulator/accounts/account.ts";
import { neverAnswers } from "../../lib/simulator/faults/faults.ts";
import {
  type Simulator,
  startSimulator,
} from "../../lib/simulator/simulator.ts";
import type { Codaze, Ended } from "../support/codaze.ts";
import type { KillAt, KillPlan } from "../support/kill_child.ts";
import {
  flagsFor,
  publicBase,
  startKillChild,
  turnAt,
} from "../support/killable.ts";

export type Layout = "plain" | "codex" | "linked";

/**
 * `received`: the server has the request and has done nothing yet.
 * `answered`: the turn is over, and with it all that the refresh had to do.
 */
export type Point = KillAt | "received" | "answered";

export class Scene implements AsyncDisposable {
  readonly simulator: Simulator;
  readonly account: SimulatedAccount;
  /** Holds the accounts dir and, for a link, the file that it points to. */
  readonly root: string;
  readonly dir: string;
  /** Where the account's tokens are in the end. */
  readonly file: string;
  readonly #first: Readonly<Record<string, unknown>>;

  private constructor(simulator: Simulator, root: string, layout: Layout) {
    this.simulator = simulator;
    this.account = simulator.addAccount({ name: "a" });
    const tokens = { refresh_token: this.account.currentRefreshToken() };
    this.#first = layout === "plain" ? tokens : { tokens };
    this.root = root;
    this.dir = join(root, "accounts");
    this.file = layout === "linked"
      ? join(root, "codex", "auth.json")
      : join(this.dir, "a.json");
  }

  static async set(layout: Layout): Promise<Scene> {
    const made = await Deno.makeTempDir({ prefix: "codaze-kill-" });
    const root = await Deno.realPath(made);
    const scene = new Scene(await startSimulator(), root, layout);
    const { dir, file } = scene;
    await Deno.mkdir(dir, { mode: 0o700 });
    await Deno.mkdir(join(root, "codex"), { mode: 0o700 });
    await scene.putBack();
    if (layout === "linked") await Deno.symlink(file, join(dir, "a.json"));
    return scene;
  }

  /** The account file as it was in the beginning: from a snapshot of it. */
  putBack(): Promise<void> {
    return this.write(this.#first);
  }

  /** An account file, with keys in it that are not ours. */
  async write(fields: Readonly<Record<string, unknown>>): Promise<void> {
    const text = JSON.stringify({ ...OTHERS, ...fields }, null, 1);
    await Deno.writeTextFile(this.file, text, { mode: 0o600 });
  }

  /** The steps of a refresh, in order, as `kill_child.ts` names them. */
  async trace(): Promise<readonly string[]> {
    await using child = startKillChild(this.#plan("turn"), this.flags());
    const answered = await turnAt(await publicBase(child));
    const { steps, stderr } = await stepsOf(child);
    if (!answered) throw new Error(`the turn failed: ${stderr}`);
    return steps;
  }

  /** The steps of a start, until the first port is open. */
  async traceStart(): Promise<readonly string[]> {
    await using child = startKillChild(this.#plan("start"), this.flags());
    await publicBase(child);
    return (await stepsOf(child)).steps;
  }

  /** Starts a gateway, asks for a turn and has it die at `point`. */
  async killAt(point: Point): Promise<Ended> {
    const { simulator, account } = this;
    if (point === "received") account.faultAt("token", neverAnswers());
    const plan = this.#plan("turn", point);
    await using child = startKillChild(plan, this.flags());
    const turn = turnAt(await publicBase(child));
    if (point === "received") {
      await simulator.waitFor((requests) =>
        requests.some(({ body }) => body.length > 0)
      );
      child.kill("SIGKILL");
    } else if (await turn) {
      // Too late for a step to kill it: that shows in the exit code.
      child.kill(point === "answered" ? "SIGKILL" : "SIGTERM");
    }
    await turn;
    return await child.ended;
  }

  /** Starts a gateway that dies at `point`, before any port is open. */
  async killStartAt(point: KillAt): Promise<Ended> {
    const plan = this.#plan("start", point);
    await using child = startKillChild(plan, this.flags());
    // Rejects when it was killed, as it should be.
    publicBase(child).then(() => child.kill("SIGTERM"), () => {});
    return await child.ended;
  }

  flags(): readonly string[] {
    return flagsFor(this.simulator, this.dir);
  }

  #plan(phase: KillPlan["phase"], point?: Point): KillPlan {
    const { root } = this;
    return typeof point === "object"
      ? { root, phase, kill: point }
      : { root, phase };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.simulator.close();
    await Deno.remove(this.root, { recursive: true });
  }
}

/** Stops the child, so that it ends what the turn may have left to do. */
async function stepsOf(
  child: Codaze,
): Promise<{ readonly steps: readonly string[]; readonly stderr: string }> {
  child.kill("SIGTERM");
  const { stdout, stderr } = await child.ended;
  const lines = stdout.matchAll(/^step (.+)$/gm);
  return { steps: [...lines].map(([, name = ""]) => name), stderr };
}

/** Keys that a rewrite must not touch. */
export const OTHERS = {
  label: "mine",
  note: { kept: [1, true, null] },
};
