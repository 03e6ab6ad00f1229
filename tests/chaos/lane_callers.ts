/**
 * The callers of a lane: each turn from its plan to what is to be said of what
 * it got.
 */
import { ownMessage } from "../../lib/error_text.ts";
import { Caller } from "../support/caller.ts";
import { pause, within } from "./clock.ts";
import { call } from "./callers/http_caller.ts";
import type { Finding } from "./findings.ts";
import { judgeAnswer } from "./judge_answer.ts";
import { judgeLeak } from "./judge_leak.ts";
import { judgeMessages, typeOf } from "./judge_messages.ts";
import type { StreamVerdict } from "./judge_stream.ts";
import { type Plan, planOf } from "./plan.ts";
import { bodyOf, linesOf } from "./requests.ts";
import { seedOf } from "./seeds.ts";
import { TERMINAL } from "./speech.ts";
import { Turn, type TurnBook } from "./turn.ts";

/** Longer than any limit of the gateway's, by a fast clock and by a real one. */
const DEADLINE_MS = 40_000;

export interface CallersOptions {
  readonly lane: string;
  readonly seed: number;
  readonly from: number;
  readonly turns: TurnBook;
  readonly port: () => number;
  readonly judged: (turn: Turn, verdict: StreamVerdict) => Promise<void>;
  /** The gateway could not be reached; resolves when it may be tried again. */
  readonly lost: (finding: Finding, turn: Turn) => Promise<void>;
}

export class LaneCallers {
  readonly #options: CallersOptions;
  #next: number;

  constructor(options: CallersOptions) {
    this.#options = options;
    this.#next = options.from;
  }

  /** One plan: a turn, or some on one websocket. */
  async once(): Promise<void> {
    const { lane, seed } = this.#options;
    const number = this.#next++;
    const turnSeed = seedOf(seed, lane, number);
    const plan = planOf(turnSeed);
    const id = `${lane}.${number}`;
    const own = `s-${seed}-${lane}-${number}`;
    if (plan.kind === "socket") return await this.#socket(id, plan, own);
    // One in four goes on with a session that others share.
    const session = number % 4 === 0 ? `s-${seed}-${lane}` : own;
    await this.#request(id, plan, session);
  }

  async #request(id: string, plan: Plan, session: string): Promise<void> {
    const { port } = this.#options;
    const turn = this.#begin(id, plan, session);
    const stream = plan.kind !== "whole";
    try {
      const got = await call({
        port: port(),
        path: stream ? "/v1/responses" : plan.path,
        lines: linesOf(plan.kind, session),
        prompt: turn.prompt,
        deadlineMs: DEADLINE_MS,
        plan,
        stream,
      });
      const isVerbatim = plan.kind !== "sdk";
      const verdict = judgeAnswer(turn, got, { stream, isVerbatim });
      this.#end(turn, verdict, {
        head: JSON.stringify([...got.headers]),
        body: new TextDecoder().decode(got.body),
      });
    } catch (error) {
      await this.#lost(turn, error);
    }
  }

  async #socket(id: string, plan: Plan, session: string): Promise<void> {
    const late = new AbortController();
    let caller: Caller | undefined;
    const deadline = setTimeout(() => {
      late.abort();
      caller?.cut();
    }, 2 * DEADLINE_MS);
    const first = this.#begin(`${id}-0`, plan, session);
    try {
      caller = await within(DEADLINE_MS, this.#open(session), undefined);
      if (!caller) throw new Error("no answer to a handshake");
      if (caller.status !== 101) return this.#refused(first, caller);
      let turn = first;
      for (let n = 1;; n++) {
        const goesOn = await this.#socketTurn(turn, plan, caller);
        if (!goesOn || n >= plan.turns) return;
        turn = this.#begin(`${id}-${n}`, plan, session);
      }
    } catch (error) {
      await this.#lost(first, error);
    } finally {
      clearTimeout(deadline);
      caller?.cut();
    }
  }

  #open(session: string): Promise<Caller> {
    const publicOrigin = `http://127.0.0.1:${this.#options.port()}`;
    return Caller.open({ gateway: { publicOrigin } }, {
      headers: { "session-id": session },
    });
  }

  /** A handshake that is refused is said in full by its status. */
  #refused(turn: Turn, { status, head }: Caller): void {
    const isAnswer = status >= 400;
    this.#end(turn, {
      findings: isAnswer
        ? []
        : [{ kind: "no answer", text: `handshake ${status}` }],
      end: "gateway",
      hasContent: false,
      words: `handshake ${status}`,
    }, { head, body: "" });
  }

  /** Whether the socket is good for another. */
  async #socketTurn(
    turn: Turn,
    plan: Plan,
    caller: Caller,
  ): Promise<boolean> {
    const { stream: _, ...body } = bodyOf(turn.prompt);
    const asked = Date.now();
    const watch = setTimeout(() => caller.cut(), DEADLINE_MS);
    const texts: string[] = [];
    let end: "open" | "closed" | "left" | "late" = "open";
    try {
      await caller.send({ type: "response.create", ...body });
      while (end === "open") {
        if (texts.length >= plan.leaveAfter) end = "left";
        else {
          if (plan.readPauseMs > 0) await pause(plan.readPauseMs);
          const text = await caller.nextText();
          if (text === undefined) end = "closed";
          else {
            texts.push(text);
            if (TERMINAL.has(typeOf(text))) break;
          }
        }
      }
    } catch {
      end = "closed";
    } finally {
      clearTimeout(watch);
    }
    if (end === "closed" && Date.now() - asked >= DEADLINE_MS) end = "late";
    const code = caller.closed?.code;
    const verdict = judgeMessages(turn, { texts, end, code });
    const got = { head: caller.head, body: texts.join("\n") };
    this.#end(turn, verdict, got);
    const isGood = typeOf(texts.at(-1) ?? "") !== "error";
    return end === "open" && isGood;
  }

  #begin(id: string, { prompt }: Plan, session: string): Turn {
    const seed = seedOf(this.#options.seed, id);
    const turn = new Turn(id, { seed, prompt, session });
    this.#options.turns.open(turn);
    return turn;
  }

  #end(
    turn: Turn,
    verdict: StreamVerdict,
    got: { readonly head: string; readonly body: string },
  ): void {
    this.#options.turns.close(turn);
    const findings = [...verdict.findings, ...judgeLeak(got)];
    void this.#options.judged(turn, { ...verdict, findings });
  }

  /** The gateway could not be reached, or broke the protocol. */
  #lost(turn: Turn, error: unknown): Promise<void> {
    this.#options.turns.close(turn);
    const text = ownMessage(error);
    const finding: Finding = { kind: "gateway", text: `caller: ${text}` };
    return this.#options.lost(finding, turn);
  }
}
