/** Scripts about accounts: failover, cooldowns and refreshes. */
import { type Fault, responseFailed } from "../../simulator/faults/faults.ts";
import { usageLimitReached } from "../../simulator/faults/limits.ts";
import {
  deactivatedWorkspace,
  serverError,
} from "../../simulator/faults/refusals.ts";
import { refreshAnswerLost } from "../../simulator/faults/token_faults.ts";
import { errorOf, isWhole } from "./answer.ts";
import type { Script } from "./stage.ts";

const HOUR_MS = 3_600_000;

/** An account that is out of quota for an hour. */
export function spent(): Fault {
  const now = Date.now();
  return usageLimitReached({ now, resetsAt: now + HOUR_MS });
}

export const ACCOUNT_SCRIPTS: readonly Script[] = [
  {
    name: "a turn streams its answer",
    play: async ({ caller, first }) => ({
      "the answer is whole": isWhole(await caller.turn()),
      "the first account gave it": first.turns === 1,
    }),
  },
  {
    name: "a spent account's turn moves to the next account",
    play: async (stage) => {
      const { caller, first, second } = stage;
      first.fault(spent());
      return {
        "the answer is whole": isWhole(await caller.turn()),
        "the second account gave it": second.turns === 1,
        "the first is left alone until its quota is back":
          stage.blocked(first) === "quota_exhausted",
      };
    },
  },
  {
    name: "a rate limit inside a 200 is not seen by the caller",
    play: async (stage) => {
      const { caller, first } = stage;
      first.fault(responseFailed("rate_limit_exceeded", "Rate limit reached"));
      return {
        "the answer is whole and begins once": isWhole(await caller.turn()),
        "the first account is left alone for a while":
          stage.blocked(first) === "rate_limited",
      };
    },
  },
  {
    name: "a server error of one account is not seen by the caller",
    play: async ({ caller, first, second }) => {
      first.fault(serverError(), Infinity);
      return {
        "the answer is whole": isWhole(await caller.turn()),
        "the second account gave it": second.turns === 1,
      };
    },
  },
  {
    name: "a workspace that is switched off is not seen by the caller",
    play: async ({ caller, first, second }) => {
      first.fault(deactivatedWorkspace(), Infinity);
      return {
        "the answer is whole": isWhole(await caller.turn()),
        "the second account gave it": second.turns === 1,
      };
    },
  },
  {
    name: "a rejected access token is refreshed once",
    play: async ({ caller, first }) => {
      first.expireAccessTokens();
      return {
        "the answer is whole": isWhole(await caller.turn()),
        "the same account gave it": first.turns === 1,
        "its token was refreshed once": first.refreshCount === 1,
      };
    },
  },
  {
    name: "five turns at once wait for one refresh",
    warm: false,
    play: async ({ caller, first }) => {
      const turns = Array.from({ length: 5 }, () => caller.turn());
      const answers = await Promise.all(turns);
      return {
        "every answer is whole": answers.every(isWhole),
        "the token was refreshed once": first.refreshCount === 1,
      };
    },
  },
  {
    name: "a refresh whose answer is lost costs no turn",
    warm: false,
    play: async (stage) => {
      const { caller, first, second } = stage;
      first.fault(refreshAnswerLost());
      const answer = await caller.turn();
      return {
        "the answer is whole": isWhole(answer),
        "the second account gave it": second.turns === 1,
        "the first is kept, and left alone":
          stage.blocked(first) === "temporarily_unavailable",
      };
    },
  },
  {
    name: "a spent pool says when it is back, as upstream would",
    play: async ({ caller, first, second }) => {
      for (const account of [first, second]) account.fault(spent(), Infinity);
      const answer = await caller.turn();
      const error = errorOf(answer);
      return {
        "the status is 429": answer.status === 429,
        "the type is usage_limit_reached":
          error["type"] === "usage_limit_reached",
        "there is a time": typeof error["resets_at"] === "number",
      };
    },
  },
];
