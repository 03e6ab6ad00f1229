/**
 * Device codes: each waits until a person has decided about it, and then
 * gives one authorization code.
 *
 * Judges polls; no HTTP here.
 */

import { err, ok, type Result } from "../../result.ts";
import type { SimulatedAccount } from "./account.ts";
import { newSecret } from "./canary.ts";

export interface DeviceCode {
  readonly deviceAuthId: string;
  /** What the person types, such as `ABCD-12345`. */
  readonly userCode: string;
  /** For the authorization code; no browser is ever sent there. */
  readonly redirectUri: string;
  readonly intervalMs: number;
  /** Ms since the epoch. */
  expiresAt: number;
  /** For this code alone; if undecided, the person's usual decision counts. */
  decision: Decision;
  polledAt: number | undefined;
  used: boolean;
}

export type PollRefusal =
  | "pending"
  | "denied"
  | "expired"
  | "used"
  | "unknown";

export class DeviceCodes {
  readonly #codes: DeviceCode[] = [];
  readonly #now: () => number;

  constructor(now: () => number) {
    this.#now = now;
  }

  begin(
    { redirectUri, intervalMs, lifetimeMs }: {
      readonly redirectUri: string;
      readonly intervalMs: number;
      readonly lifetimeMs: number;
    },
  ): DeviceCode {
    const code: DeviceCode = {
      deviceAuthId: newSecret("device_auth_id"),
      userCode: this.#newUserCode(),
      redirectUri,
      intervalMs,
      expiresAt: this.#now() + lifetimeMs,
      decision: { kind: "undecided" },
      polledAt: undefined,
      used: false,
    };
    this.#codes.push(code);
    return code;
  }

  byUserCode(userCode: string): DeviceCode | undefined {
    return this.#codes.find((code) => code.userCode === userCode);
  }

  byId(deviceAuthId: string): DeviceCode | undefined {
    return this.#codes.find((code) => code.deviceAuthId === deviceAuthId);
  }

  /** Codes still undecided; `usual` counts where a code has no decision. */
  pending(usual: Decision): readonly string[] {
    return this.#codes
      .filter((code) => this.#stateOf(code, usual).kind === "undecided")
      .map(({ userCode }) => userCode);
  }

  /** The account that was approved for this code, which is now used up. */
  poll(
    code: DeviceCode,
    usual: Decision,
  ): Result<SimulatedAccount, PollRefusal> {
    const state = this.#stateOf(code, usual);
    switch (state.kind) {
      case "undecided":
        return err("pending");
      case "approved":
        code.used = true;
        return ok(state.account);
      default:
        return err(state.kind);
    }
  }

  notePoll(code: DeviceCode): "in_time" | "too_soon" {
    const before = code.polledAt ?? -Infinity;
    code.polledAt = this.#now();
    const waited = code.polledAt - before + TIMER_SLACK_MS;
    return waited < code.intervalMs ? "too_soon" : "in_time";
  }

  #stateOf(
    code: DeviceCode,
    usual: Decision,
  ): Decision | { readonly kind: "expired" | "used" } {
    if (code.used) return { kind: "used" };
    if (this.#now() >= code.expiresAt) return { kind: "expired" };
    return code.decision.kind === "undecided" ? usual : code.decision;
  }

  #newUserCode(): string {
    const userCode = randomUserCode();
    return this.byUserCode(userCode) ? this.#newUserCode() : userCode;
  }
}

/** The caller's timers and our clock do not agree to the millisecond. */
const TIMER_SLACK_MS = 20;

/** Four letters and five digits, as in the recorded sign-in. */
function randomUserCode(): string {
  const random = crypto.getRandomValues(new Uint32Array(9));
  const letters = [...random.subarray(0, 4)].map((value) =>
    String.fromCharCode("A".charCodeAt(0) + value % 26)
  );
  const digits = [...random.subarray(4)].map((value) => String(value % 10));
  return `${letters.join("")}-${digits.join("")}`;
}

export type Decision =
  /** They have not answered yet. */
  | { readonly kind: "undecided" }
  | { readonly kind: "approved"; readonly account: SimulatedAccount }
  | { readonly kind: "denied"; readonly description: string };
