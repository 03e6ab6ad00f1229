/**
 * What the simulated upstream keeps between requests: its accounts, its models,
 * sign-ins under way, and violations (what an honest caller never does).
 */

import { STATUS_CODE } from "@std/http";
import { type AnswerOptions, USUAL_ANSWERS } from "../model/answer_options.ts";
import type { Coding } from "../../protocol/content_coding.ts";
import type { JsonObject } from "../../protocol/json.ts";
import { err, ok, type Result } from "../../result.ts";
import type { SimulatedAccount } from "./account.ts";
import { AuthorizationCodes } from "./authorization_codes.ts";
import { cookieFaults, ownerKeyOf } from "../model/bound_values.ts";
import { DeviceCodes } from "./device_codes.ts";
import type { Recording } from "../http/recorder.ts";
import { type Refused, TOKEN_EXPIRED } from "../faults/refusals.ts";
import { SignIn } from "./sign_in.ts";
import type { Sockets } from "../frames/sockets.ts";

export class Backend {
  readonly accounts: SimulatedAccount[] = [];
  readonly violations: string[] = [];
  readonly now: () => number;
  readonly sockets: Sockets;
  readonly codes: AuthorizationCodes;
  readonly devices: DeviceCodes;
  readonly signIn: SignIn;
  /** Codings for callers that accept them, the preferred one first. */
  contentCodings: readonly Coding[] = [];
  /** How answers look from now on. */
  answers: AnswerOptions = USUAL_ANSWERS;
  models: readonly JsonObject[];
  modelsEtag = 'W/"etag-models-1"';
  #serial = 0;

  constructor(
    { now, models, sockets, callbackPorts }: {
      readonly now: () => number;
      readonly models: readonly JsonObject[];
      readonly sockets: Sockets;
      readonly callbackPorts: readonly number[] | undefined;
    },
  ) {
    this.now = now;
    this.sockets = sockets;
    this.models = models;
    this.codes = new AuthorizationCodes(now);
    this.devices = new DeviceCodes(now);
    this.signIn = new SignIn({ devices: this.devices, callbackPorts });
  }

  /** A number that was not used before, for ids. */
  nextSerial(): number {
    return ++this.#serial;
  }

  /** The account whose token the request carries, or the refusal to send. */
  authenticate(
    recording: Recording,
  ): Result<SimulatedAccount, Refused> {
    const bearer = bearerOf(recording);
    const account = this.accounts.find((account) =>
      account.accessTokenState(bearer) !== "unknown"
    );
    if (account === undefined) {
      this.violations.push("a bearer token that is not ours was presented");
      return err(UNAUTHORIZED);
    }
    recording.account = account.name;
    this.#checkBoundHeaders(recording, account);

    const named = recording.header("chatgpt-account-id");
    if (named !== undefined && named !== account.accountId) {
      this.violations.push(
        `token of "${account.name}" sent with another chatgpt-account-id`,
      );
      return err(FORBIDDEN);
    }
    const state = account.accessTokenState(bearer);
    if (state === "revoked") return err(INVALIDATED);
    return state === "valid" ? ok(account) : err(EXPIRED);
  }

  #checkBoundHeaders(recording: Recording, account: SimulatedAccount): void {
    const cookies = recording.header("cookie");
    if (cookies !== undefined) {
      const faults = cookieFaults(cookies, account.ownerKey);
      this.violations.push(
        ...faults.map((fault) => `${fault}, sent by "${account.name}"`),
      );
    }
    const turnState = recording.header("x-codex-turn-state");
    if (turnState === undefined) return;
    if (ownerKeyOf(turnState) !== account.ownerKey) {
      this.violations.push(
        `turn state of another account, sent by "${account.name}"`,
      );
    }
  }
}

/** There is no token, or the simulator did not issue it. */
const UNAUTHORIZED: Refused = {
  status: STATUS_CODE.Unauthorized,
  body: { detail: "Unauthorized" },
};

/** A token of ours that has expired. */
const EXPIRED: Refused = {
  status: STATUS_CODE.Unauthorized,
  body: TOKEN_EXPIRED,
};

/** A token of ours whose sign-in was ended. Not from a capture. */
const INVALIDATED: Refused = {
  status: STATUS_CODE.Unauthorized,
  body: {
    error: {
      message: "Your authentication token has been invalidated. " +
        "Please try signing in again.",
      code: "token_invalidated",
    },
    status: STATUS_CODE.Unauthorized,
  },
};

const FORBIDDEN: Refused = {
  status: STATUS_CODE.Forbidden,
  body: { detail: "Forbidden" },
};

function bearerOf(recording: Recording): string {
  const value = recording.header("authorization") ?? "";
  return value.startsWith("Bearer ") ? value.slice("Bearer ".length) : "";
}
