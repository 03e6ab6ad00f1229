/** A request, as far as it matters for the choice of an account. */
import type { Doubt } from "../../policy/input.ts";
import type { Scope } from "./account.ts";

export interface Asked extends Scope {
  /** Identifies the caller's session, if anything does. */
  readonly sessionKey: string | undefined;
  readonly turn?: AskedTurn | undefined;
}

/** The turn of a request, which may be one of several in the same turn. */
export interface AskedTurn {
  /** As the caller names it. */
  readonly id: string | undefined;
  /** It brings back what upstream has issued for this turn. */
  readonly hasState: boolean;
}

export interface AcquireOptions extends Asked {
  /** Ids of the accounts that this request has tried already. */
  readonly tried: ReadonlySet<string>;
  /** Which accounts may serve if none is ready. Default: `["doubtful"]`. */
  readonly else?: readonly Doubt[];
}
