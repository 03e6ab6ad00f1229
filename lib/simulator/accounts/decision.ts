/** The person's answer when they are asked to let a client in. */

import type { SimulatedAccount } from "./account.ts";

export type Decision =
  /** They have not answered yet. */
  | { readonly kind: "undecided" }
  | { readonly kind: "approved"; readonly account: SimulatedAccount }
  | { readonly kind: "denied"; readonly description: string };
