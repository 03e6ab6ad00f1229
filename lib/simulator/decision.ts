/** What a person answers when they are asked to let a client in. */

import type { SimulatedAccount } from "./account.ts";

export type Decision =
  /** They have not come yet. */
  | { readonly kind: "undecided" }
  | { readonly kind: "approved"; readonly account: SimulatedAccount }
  | { readonly kind: "denied"; readonly description: string };
