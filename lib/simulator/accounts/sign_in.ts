/**
 * The person who signs in, scripted by a test: which account they choose in the
 * browser or for a device code, or that they decline.
 *
 * Also the switches of the sign-in endpoints. No HTTP here: that is in
 * `authorize.ts`, `device.ts` and `code_grant.ts`.
 */

import type { SimulatedAccount } from "./account.ts";
import { type Decision, type DeviceCode, DeviceCodes } from "./device_codes.ts";
import { FaultQueue, type SignInEndpoint } from "../faults/fault_queue.ts";
import type { Fault } from "../faults/faults.ts";

/** Ports of the official client's callback: the usual one and its fallback. */
const CALLBACK_PORTS: readonly number[] = [1455, 1457];

const DENIED = "The person did not let the client in";

export class SignIn {
  /** Ports that a `redirect_uri` may name. Default: 1455 and 1457. */
  callbackPorts: readonly number[];
  /** False: `usercode` is refused with 404 (docs/client.md, "Signing in"). */
  deviceLoginEnabled = true;
  /** Seconds between polls that new device codes ask for; may be a fraction. */
  deviceInterval = 1;
  /** How many seconds new device codes are good for. */
  deviceExpiresIn = 900;
  readonly #devices: DeviceCodes;
  readonly #faults = new FaultQueue<SignInEndpoint>();
  #decision: Decision = { kind: "undecided" };

  constructor(
    { devices, callbackPorts = CALLBACK_PORTS }: {
      readonly devices: DeviceCodes;
      readonly callbackPorts: readonly number[] | undefined;
    },
  ) {
    this.#devices = devices;
    this.callbackPorts = callbackPorts;
  }

  /** Their decision, except for device codes that were decided separately. */
  get decision(): Decision {
    return this.#decision;
  }

  /**
   * From now on they sign in with this account: in the browser at once, with a
   * device code at its next poll.
   */
  approveAs(account: SimulatedAccount): void {
    this.#decision = { kind: "approved", account };
  }

  /** From now on they say no; the browser's callback gets `description`. */
  deny(description = DENIED): void {
    this.#decision = { kind: "denied", description };
  }

  /** Back to the start: they have not decided. */
  hesitate(): void {
    this.#decision = { kind: "undecided" };
  }

  /** User codes that wait for the person, oldest first. */
  get pendingDeviceCodes(): readonly string[] {
    return this.#devices.pending(this.#decision);
  }

  /** They enter this code and choose the account. Throws on an unknown code. */
  approveDevice(userCode: string, account: SimulatedAccount): void {
    this.#device(userCode).decision = { kind: "approved", account };
  }

  /** They enter this code and say no. Throws on an unknown code. */
  denyDevice(userCode: string): void {
    this.#device(userCode).decision = { kind: "denied", description: DENIED };
  }

  /** Expires the code. Throws on an unknown code. */
  expireDevice(userCode: string): void {
    this.#device(userCode).expiresAt = 0;
  }

  /**
   * The next `times` answers of an endpoint go wrong. Every endpoint takes head
   * faults; `code` also takes token faults, which happen after the code is
   * used up.
   */
  fault(endpoint: SignInEndpoint, fault: Fault, times = 1): void {
    this.#faults.add(endpoint, fault, times);
  }

  takeFault(endpoint: SignInEndpoint): Fault | undefined {
    return this.#faults.take([endpoint]);
  }

  clearFaults(): void {
    this.#faults.clear();
  }

  #device(userCode: string): DeviceCode {
    const device = this.#devices.byUserCode(userCode);
    if (device === undefined) {
      throw new Error(`Cannot find a device code "${userCode}"`);
    }
    return device;
  }
}
