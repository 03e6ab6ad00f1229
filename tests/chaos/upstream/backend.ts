/**
 * The backend: finds the turn that a request is of and the account it was
 * signed by, looks whether all that came is right, and plays a fault.
 */
import { decodeZstd } from "../../../lib/protocol/zstd/zstd.ts";
import {
  objectField,
  parseObject,
  stringField,
} from "../../../lib/protocol/json.ts";
import { seeded } from "../../support/random.ts";
import type { Clock } from "../clock.ts";
import { chooseHttp, HONEST } from "../faults/choose.ts";
import type { Blame } from "../faults/fault.ts";
import { seedOf } from "../seeds.ts";
import { Speech } from "../speech.ts";
import { type AskedOnce, type Shaken, Turn, type TurnBook } from "../turn.ts";
import type { Request } from "./http1.ts";
import { accountIdOf, type Logins } from "./logins.ts";
import type { Output } from "./stage.ts";

export interface BackendOptions {
  readonly clock: Clock;
  readonly logins: Logins;
  readonly turns: TurnBook;
  readonly isFast: boolean;
  /** An account that is never wronged. */
  readonly calm: string;
  readonly trap: string;
  readonly count: (fault: string) => void;
  /** Is told of each handshake of a session. */
  readonly shaken: (session: string, shaken: Shaken) => void;
}

/** The largest body of a caller here, and more. */
const MAX_BODY = 16 * 1_048_576;

export class Backend {
  readonly #options: BackendOptions;

  constructor(options: BackendOptions) {
    this.#options = options;
  }

  async answer(request: Request, out: Output): Promise<void> {
    const { clock, calm, count, isFast, trap } = this.#options;
    const text = textOf(request);
    const turn = this.turnOf(text.ok ? text.value : "");
    if (!text.ok) turn.problems.push(text.error);
    const bearer = bearerOf(request.headers);
    const account = this.#options.logins.bearer(bearer)?.name;
    if (account === undefined) {
      count("401 of an old token");
      this.attempt(turn, bearer, "401 of an old token", "account");
      return await out.answer(401, [], new Uint8Array());
    }
    this.check(turn, account, request.headers);
    if (text.ok) checkPrompt(turn, text.value);
    const isStream = request.path.endsWith("/responses");
    const random = seeded(seedOf(turn.seed, "attempt", turn.attempts.length));
    const fault = account === calm
      ? HONEST
      : chooseHttp({ random, isFast }, { out, isStream });
    count(`${isStream ? "turn" : "whole"}: ${fault.name}`);
    const attempt = this.attempt(turn, account, fault.name, fault.blame);
    await fault.play({
      random,
      clock,
      out,
      isStream,
      bearer,
      trap,
      speech: attempt.speech,
      prompt: turn.prompt,
      owner: account,
    });
  }

  /** The turn, or one that nobody waits for any more. */
  turnOf(text: string): Turn {
    return this.#options.turns.find(text) ??
      new Turn("gone", { seed: 1, prompt: "", session: "" });
  }

  attempt(
    turn: Turn,
    account: string,
    fault: string,
    blame: Blame,
  ): AskedOnce {
    const attempt = turn.attempts.length;
    const speech = new Speech(seeded(seedOf(turn.seed, "newlines", attempt)), {
      turn: turn.id,
      account: account.slice(0, 20),
      attempt,
    });
    const asked = { account, fault, blame, speech, status: undefined };
    turn.attempts.push(asked);
    return asked;
  }

  /** What belongs to another account must not come with this one's token. */
  check(turn: Turn, account: string, headers: Headers): void {
    const id = headers.get("chatgpt-account-id");
    if (id !== accountIdOf(account)) {
      turn.problems.push(`mixed: ${account} came with account id ${id}`);
    }
    for (const name of ["cookie", "x-codex-turn-state"]) {
      this.checkOwned(turn, account, headers.get(name) ?? "");
    }
  }

  checkOwned(turn: Turn, account: string, value: string): void {
    for (const [, owner] of value.matchAll(/chaos-([a-z]+)/g)) {
      if (owner !== account) {
        turn.problems.push(`mixed: ${account} was given what is ${owner}'s`);
      }
    }
  }
}

export function bearerOf(headers: Headers): string {
  return /^Bearer (.*)$/.exec(headers.get("authorization") ?? "")?.[1] ?? "";
}

type Text =
  | { readonly ok: true; readonly value: string }
  | { readonly ok: false; readonly error: string };

function textOf({ headers, body }: Request): Text {
  const coding = headers.get("content-encoding");
  if (coding === null) return { ok: true, value: decoder.decode(body) };
  const decoded = decodeZstd(body, MAX_BODY);
  return decoded.ok
    ? { ok: true, value: decoder.decode(decoded.value) }
    : { ok: false, error: `wrong bytes: ${coding}: ${decoded.error.message}` };
}

const decoder = new TextDecoder();

/** What the caller wrote is what came. */
export function checkPrompt(turn: Turn, text: string): void {
  if (turn.id === "gone") return;
  const input = parseObject(text)?.["input"];
  const [message] = Array.isArray(input) ? input : [];
  const content = message?.content;
  const [part] = Array.isArray(content) ? content : [];
  if (part?.text !== turn.prompt) {
    turn.problems.push("wrong bytes: the prompt has changed on its way");
  }
}

/** The turn state in the metadata of a frame. */
export function turnStateIn(text: string): string {
  const metadata = objectField(parseObject(text) ?? {}, "client_metadata");
  return (metadata && stringField(metadata, "x-codex-turn-state")) ?? "";
}
